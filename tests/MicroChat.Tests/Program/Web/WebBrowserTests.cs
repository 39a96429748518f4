using System.Diagnostics;
using System.Globalization;
using MicroChat.Cycles;

namespace MicroChat.Tests.Program.Web;

/// <summary>The page in a real Chromium, driven by tests/clients/page/check.mjs.</summary>
public sealed class WebBrowserTests
{
    /// <summary>Path of the browser; without it the test is skipped.</summary>
    private const string Chromium = "MICROCHAT_CHROMIUM";

    /// <summary>Folder for screenshots; without it they go to the system's temporary folder.</summary>
    private const string Shots = "MICROCHAT_SHOTS";

    [Fact]
    public async Task The_page_works_in_Chromium()
    {
        string folder = Path.Combine(Repository.Root, "tests", "clients", "page");
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Chromium)))
        {
            Assert.Skip($"{Chromium} is not set; it names the browser, for example /usr/bin/chromium.");
        }
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), $"Its packages are missing; run npm ci --prefix {folder}");
        await using WebHarness web = await WebHarness.StartAsync();
        web.Model.Pause = TimeSpan.FromMilliseconds(40);
        WriteRun(Path.Combine(web.Runs, "demo"));
        LoopFiles.WriteCycle(web.Runs, CycleVerdictState.Running);
        WriteRun(Path.Combine(web.Runs, CycleFile.FolderName, LoopFiles.CycleId, CycleStages.Policy));
        string shots = Environment.GetEnvironmentVariable(Shots) is { Length: > 0 } asked ? asked : Path.Combine(Path.GetTempPath(), "microchat-shots");

        var start = new ProcessStartInfo("node", ["check.mjs", web.Address.ToString().TrimEnd('/'), Path.GetFullPath(shots)])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process node = Process.Start(start)!;
        Task<string> errors = node.StandardError.ReadToEndAsync();
        string output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();

        Assert.True(node.ExitCode == 0, output + await errors);
        TestContext.Current.SendDiagnosticMessage(output);
    }

    /// <summary>A run as the trainer writes it: noisy curves, and samples at its beginning and end.</summary>
    private static void WriteRun(string folder)
    {
        Directory.CreateDirectory(folder);
        var noise = new Random(7);
        IEnumerable<string> rows = Enumerable.Range(1, 900).Select(step => string.Create(CultureInfo.InvariantCulture,
            $$"""{"step":{{step}},"tokens":{{step * 512}},"time":"2026-11-21T12:00:00+00:00","loss":{{3 / Math.Sqrt(step) + 1 + 0.1 * noise.NextDouble():0.####}},"objective/scores":{{Math.Log(step) / 3 + 0.2 * noise.NextDouble():0.####}},"objective/kl":{{step * 0.01 + 0.5 * noise.NextDouble():0.####}},"reply_tokens":{{40 + step * 0.02 + 5 * noise.NextDouble():0.##}},"val_loss/books":{{3 - step * 0.001:0.###}}}"""));
        File.WriteAllLines(Path.Combine(folder, "metrics.jsonl"), rows);
        File.WriteAllLines(Path.Combine(folder, "samples.jsonl"),
        [
            """{"step":0,"samples":[{"Prompt":"Hello!","Reply":"A man, a man, a man."},{"Prompt":"What is 7 + 5?","Reply":"The answer is 1."}]}""",
            """{"step":900,"samples":[{"Prompt":"Hello!","Reply":"Hello! How can I help you today?"},{"Prompt":"What is 7 + 5?","Reply":"7 + 5 = 12."}]}""",
        ]);
    }
}
