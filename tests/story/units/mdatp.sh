#!/bin/sh
# Answers as Microsoft Defender for Endpoint does, as far as its health is asked.
[ "$1" = health ] || exit 1
echo "{\"healthy\":true,\"licensed\":true,\"appVersion\":\"101.1.1\",\"engineVersion\":\"1.1\",\"realTimeProtectionEnabled\":true,\"definitionsVersion\":\"1.2\",\"definitionsUpdated\":\"$(date +%s)000\"}"
