using System.Diagnostics;
using System.Text.RegularExpressions;

namespace MicroChat.Benchmarks;

/// <summary>The real program, serving in a process of its own, with a data folder of its own.</summary>
internal sealed partial class HostProcess : IDisposable
{
    private const int MostLines = 60;

    private readonly Process process;
    private readonly Queue<string> complaints = new();
    private readonly Lock gate = new();

    private HostProcess(Process process) => this.process = process;

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>Resident memory. Unit: bytes.</summary>
    public long Resident
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>Time that the processor has spent on it, over all cores.</summary>
    public TimeSpan Cpu
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>The newest lines of its log.</summary>
    public string Log
    {
        get
        {
            lock (gate)
            {
                return string.Join('\n', complaints);
            }
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="dataFolder">Its databases and keys.</param>
    /// <param name="arguments">What follows <c>serve --port 0</c>.</param>
    /// <param name="variables">Environment variables.</param>
    /// <exception cref="InvalidOperationException">It ended before it listened.</exception>
    public static async Task<HostProcess> StartAsync(string dataFolder, IEnumerable<string> arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, "serve", "--port", "0", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["XDG_DATA_HOME"] = dataFolder;
        start.Environment["LOCALAPPDATA"] = dataFolder;
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }
        var host = new HostProcess(Process.Start(start)!);
        host.process.ErrorDataReceived += (_, line) => host.Note(line.Data);
        host.process.BeginErrorReadLine();
        while (await host.process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (AddressIn().Match(line) is { Success: true } match)
            {
                host.Address = new Uri(match.Value);
                _ = host.process.StandardOutput.ReadToEndAsync();
                return host;
            }
        }
        throw new InvalidOperationException($"The host ended before it listened:\n{host.Log}");
    }

    /// <summary>Ends it without any chance to write something down (<c>kill -9</c>).</summary>
    public async Task KillAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    /// <summary>Asks it to stop (SIGTERM) and waits until it has.</summary>
    public async Task StopAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
        process.Dispose();
    }

    private void Note(string? line)
    {
        lock (gate)
        {
            if (line is not null)
            {
                complaints.Enqueue(line);
            }
            if (complaints.Count > MostLines)
            {
                complaints.Dequeue();
            }
        }
    }

    [GeneratedRegex(@"http://[0-9.]+:[0-9]+")]
    private static partial Regex AddressIn();
}
