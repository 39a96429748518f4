using System.Diagnostics;
using MicroChat.Tests.Training;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Program;

/// <summary>A training run as a service manager stops it.</summary>
public sealed class StopSignalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_termination_signal_saves_the_run_and_ends_the_program()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no termination signal.");
        }
        using var tiny = new TinyRun();
        string run = Path.Combine(tiny.Folder, "run");
        string[] command =
        [
            typeof(CommandLine).Assembly.Location, "train", "pretrain", "--data", tiny.DataFolder, "--recipe", tiny.Recipe, "--tokenizer", tiny.Folder, "--out", run,
            "--steps", "1000000", "--layers", "1", "--width", "16", "--heads", "2", "--kv-heads", "1", "--feed-forward", "16", "--context", "64",
            "--micro-batch", "256", "--accumulate", "1", "--checkpoint-every", "0", "--validate-every", "0", "--threads", "1",
        ];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", command) { RedirectStandardOutput = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        try
        {
            await UntilMeasured(process, Path.Combine(run, "metrics.jsonl"));
            using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        finally
        {
            process.Kill();
        }
        Assert.Equal(ExitCode.Cancelled, process.ExitCode);
        Assert.Contains("The same command goes on from there.", await output, StringComparison.Ordinal);
        Assert.NotNull(TrainingCheckpoint.Newest(TrainingCheckpoint.Checkpoints(run)));
    }

    private static async Task UntilMeasured(Process process, string log)
    {
        var watch = Stopwatch.StartNew();
        while (!File.Exists(log) || new FileInfo(log).Length == 0)
        {
            Assert.False(process.HasExited, "The run ended by itself.");
            Assert.True(watch.Elapsed < Patience, "The run made no update in time.");
            await Task.Delay(50);
        }
    }
}
