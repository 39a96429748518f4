using System.Text.RegularExpressions;

namespace MicroChat.Tests.Program;

public sealed class DiscordSimulateTests : IDisposable
{
    private readonly Harness program = new();

    public void Dispose() => program.Dispose();

    [Fact]
    public async Task A_script_is_acted_shown_and_ended_by_quit()
    {
        string script = Path.Combine(program.Folder, "script.txt");
        await File.WriteAllTextAsync(script, "alice: @bot hi\nnonsense\n");
        program.Terminal = new FakeTerminal { Input = new StringReader("bob: \u001b[2Jhello\nhelp\nquit\nbob: too late\n") };
        Assert.Equal(ExitCode.Ok, await program.RunAsync("discord", "simulate", "--script", script));
        Assert.Matches(@"API +http://127\.0\.0\.1:\d+/api/v10", program.Output);
        Assert.Matches(@"gateway +ws://127\.0\.0\.1:\d+", program.Output);
        Assert.Matches(@"token +\S{58,}", program.Output);
        Assert.Matches(@"#general alice: <@\d+> hi", program.Output);
        Assert.Contains("\"nonsense\" is no line that can be acted", program.Output, StringComparison.Ordinal);
        Assert.Contains("bob: \uFFFD[2Jhello", program.Output, StringComparison.Ordinal);
        Assert.Contains("fail reconnect", program.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("too late", program.Output, StringComparison.Ordinal);
        Assert.Contains("0 requests", program.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port", "70000", "--port is 70000; it must be from 0 to 65535")]
    [InlineData("--shards", "0", "--shards is 0; it must be from 1 to 1000")]
    [InlineData("--address", "here", "--address is \"here\"; it must be an IP address")]
    [InlineData("--heartbeat-seconds", "0", "--heartbeat-seconds is 0; it must be from 0.1 to 3600")]
    public async Task Options_that_make_no_sense_are_refused(string option, string value, string wanted)
    {
        Assert.Equal(ExitCode.Usage, await program.RunAsync("discord", "simulate", option, value));
        Assert.Contains(wanted, program.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_that_is_not_there_and_a_port_that_is_taken_are_failures()
    {
        Assert.Equal(ExitCode.Failure, await program.RunAsync("discord", "simulate", "--script", Path.Combine(program.Folder, "none.txt")));
        Assert.Contains("none.txt cannot be read", program.Errors, StringComparison.Ordinal);
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        string port = Regex.Match(taken.LocalEndpoint.ToString()!, @"\d+$").Value;
        Assert.Equal(ExitCode.Failure, await program.RunAsync("discord", "simulate", "--port", port));
        Assert.Contains($"cannot listen on 127.0.0.1 port {port}", program.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_c_ends_the_simulation()
    {
        var input = new InterruptingReader();
        program.Terminal = new FakeTerminal { Input = input };
        input.Terminal = program.Terminal;
        Assert.Equal(ExitCode.Ok, await program.RunAsync("discord", "simulate"));
        Assert.Contains("Stopped.", program.Output, StringComparison.Ordinal);
    }

    /// <summary>Where a line is read, Ctrl-C comes.</summary>
    private sealed class InterruptingReader : TextReader
    {
        public FakeTerminal? Terminal { get; set; }

        public override string? ReadLine()
        {
            Terminal!.Interrupt();
            return null;
        }
    }
}
