/* A taskbar for tests in Wine: writes the notifications it is given into a file, one in a line, in UTF-8.
   Built like the other: x86_64-w64-mingw32-gcc -O2 -s -municode. */
#include <windows.h>
#include <stdio.h>

/* What shell32 of Wine hands to the taskbar by WM_COPYDATA (its systray.c). */
struct told {
    LONG window;
    UINT id, flags, message;
    WCHAR tip[128];
    DWORD state, state_mask;
    WCHAR text[256];
    UINT version;
    WCHAR title[64];
    DWORD info;
    GUID guid;
};

static const WCHAR *file;

static LRESULT CALLBACK called(HWND window, UINT message, WPARAM first, LPARAM second)
{
    if (message == WM_COPYDATA) {
        const COPYDATASTRUCT *copied = (const COPYDATASTRUCT *)second;
        const struct told *told = copied->lpData;
        if (copied->cbData >= sizeof *told && told->flags & 0x10) {
            char title[256], text[1024];
            FILE *list = _wfopen(file, L"ab");
            WideCharToMultiByte(CP_UTF8, 0, told->title, -1, title, sizeof title, NULL, NULL);
            WideCharToMultiByte(CP_UTF8, 0, told->text, -1, text, sizeof text, NULL, NULL);
            for (char *at = text; *at; at++)
                if (*at == '\n') *at = ' ';
            if (list) {
                fprintf(list, "%s | %s\n", title, text);
                fclose(list);
            }
        }
        return TRUE;
    }
    return DefWindowProcW(window, message, first, second);
}

int wmain(int count, WCHAR **typed)
{
    WNDCLASSW class = { .lpfnWndProc = called, .lpszClassName = L"Shell_TrayWnd" };
    MSG message;
    if (count != 2) return 64;
    file = typed[1];
    RegisterClassW(&class);
    if (!CreateWindowExW(WS_EX_TOPMOST, class.lpszClassName, L"", WS_POPUP, 0, 0, 1, 1, NULL, NULL, NULL, NULL)) {
        fprintf(stderr, "no window: error %lu\n", GetLastError());
        return 1;
    }
    fclose(_wfopen(file, L"ab"));
    while (GetMessageW(&message, NULL, 0, 0) > 0) DispatchMessageW(&message);
    return 0;
}
