using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MicroChat.Cycles;

/// <summary>
/// A cycle in a process of its own, at the lowest priority: what it computes waits for the chat's threads, what it breaks is its own, and its memory goes with it.
/// </summary>
internal sealed partial class CycleProcess : IDisposable
{
    private const int Terminate = 15;
    private const string Nice = "nice", LowestPriority = "19";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    private CycleProcess(Process process) => _process = process;

    /// <summary>Id of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Completes with the exit code.</summary>
    public async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Starts this program again with other arguments.</summary>
    /// <param name="arguments">What follows the program's name.</param>
    /// <param name="line">Takes every line that it writes.</param>
    /// <exception cref="Win32Exception">The program could not be started.</exception>
    public static CycleProcess Start(IReadOnlyList<string> arguments, Action<string> line)
    {
        string program = Environment.ProcessPath ?? "dotnet", assembly = typeof(CycleProcess).Assembly.Location;
        bool isHost = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        IReadOnlyList<string> all = isHost ? [program, assembly, .. arguments] : [program, .. arguments];
        Process process = Begin(OperatingSystem.IsWindows() ? all : [Nice, "-n", LowestPriority, .. all], line) ?? Begin(all, line)!;
        try
        {
            process.PriorityClass = ProcessPriorityClass.Idle;
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            line($"The priority of process {process.Id} was not lowered any more: {e.Message}");
        }
        return new CycleProcess(process);
    }

    /// <summary>Asks it to save and end; where it does not, or cannot be asked, it is ended. What is done stays done in any case.</summary>
    public async Task StopAsync()
    {
        if (_process.HasExited)
        {
            return;
        }
        if (OperatingSystem.IsWindows() || Signal(_process.Id, Terminate) != 0)
        {
            _process.Kill(entireProcessTree: true);
        }
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    /// <summary>Starts; null: there is no such program.</summary>
    private static Process? Begin(IReadOnlyList<string> command, Action<string> line)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, CreateNoWindow = true };
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception) when (command[0] == Nice)
        {
            process.Dispose();
            return null;
        }
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Take(string? text)
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                line(text);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Signal(int process, int signal);
}
