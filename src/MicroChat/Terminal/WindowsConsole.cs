using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace MicroChat.Terminal;

/// <summary>Asks the Windows console to understand escape sequences, which every other terminal does unasked.</summary>
[SupportedOSPlatform("windows")]
internal static partial class WindowsConsole
{
    private const int StandardOutput = -11;
    private const uint VirtualTerminalProcessing = 0x0004;

    public static void EnableEscapeSequences()
    {
        nint output = GetStdHandle(StandardOutput);
        if (GetConsoleMode(output, out uint mode))
        {
            SetConsoleMode(output, mode | VirtualTerminalProcessing);
        }
    }

    [LibraryImport("kernel32.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint GetStdHandle(int which);

    [LibraryImport("kernel32.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetConsoleMode(nint handle, out uint mode);

    [LibraryImport("kernel32.dll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetConsoleMode(nint handle, uint mode);
}
