namespace MicroChat.Tests.Program;

/// <summary>What containers and service managers learn from the exit code.</summary>
public sealed class HealthVerbTests : IDisposable
{
    private readonly Harness program = new();

    public void Dispose() => program.Dispose();

    [Fact]
    public async Task A_ready_host_gives_0_and_one_that_has_stopped_1()
    {
        await using HostHarness host = await HostHarness.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(program.Folder, "appsettings.json"), $$$"""{"Server":{"Port":{{{host.Address.Port}}}}}""");
        Assert.Equal(ExitCode.Ok, await program.RunAsync("health"));
        Assert.Contains("\"ready\"", program.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, await program.RunAsync("health", "--port", "1"));
        Assert.Contains("http://127.0.0.1:1/health/ready does not answer", program.Errors, StringComparison.Ordinal);
        await host.App.StopAsync();
        Assert.Equal(ExitCode.Failure, await program.RunAsync("health"));
        Assert.Contains($"http://127.0.0.1:{host.Address.Port}/health/ready does not answer", program.Errors, StringComparison.Ordinal);
    }
}
