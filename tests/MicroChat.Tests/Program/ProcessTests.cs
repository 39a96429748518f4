using System.Diagnostics;

namespace MicroChat.Tests.Program;

/// <summary>The built program as its users run it.</summary>
public sealed class ProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(ExitCode.Ok, "Commands:", "", "--help")]
    [InlineData(ExitCode.Ok, "MicroChat 0.", "", "version")]
    [InlineData(ExitCode.Usage, "", "microchat: there is no verb \"tlak\".", "tlak")]
    [InlineData(ExitCode.Usage, "", "microchat: the message is empty", "ask")]
    public async Task Exit_code_output_and_error_are_as_promised(int exitCode, string output, string error, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> written = process.StandardOutput.ReadToEndAsync(), complaint = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.StartsWith(error, await complaint, StringComparison.Ordinal);
        Assert.Contains(output, await written, StringComparison.Ordinal);
        Assert.Equal(output.Length == 0, (await written).Length == 0);
        Assert.Equal(exitCode, process.ExitCode);
    }
}
