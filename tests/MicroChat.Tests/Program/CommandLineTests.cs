namespace MicroChat.Tests.Program;

public sealed class CommandLineTests : IDisposable
{
    private readonly Harness program = new();

    public void Dispose() => program.Dispose();

    [Theory]
    [InlineData("aks", "there is no verb \"aks\". Did you mean \"ask\"?")]
    [InlineData("frobnicate", "there is no verb \"frobnicate\". See: microchat --help")]
    [InlineData("--frobnicate", "there is no verb \"--frobnicate\"")]
    public async Task An_unknown_verb_is_a_usage_error_with_the_nearest_one(string verb, string wanted)
    {
        Assert.Equal(ExitCode.Usage, await program.RunAsync(verb));
        Assert.Contains(wanted, program.Errors, StringComparison.Ordinal);
        Assert.Single(program.Errors.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("ask")]
    [InlineData("serve")]
    [InlineData("doctor")]
    [InlineData("health")]
    [InlineData("version")]
    [InlineData("train")]
    [InlineData("eval")]
    [InlineData("discord")]
    public async Task Every_verb_has_help_with_an_example(string verb)
    {
        Assert.Equal(ExitCode.Ok, await program.RunAsync(verb, "--help"));
        Assert.Contains($"microchat {verb}", program.Output[program.Output.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_names_what_is_missing_and_how_to_mend_it()
    {
        Assert.Equal(ExitCode.Failure, await program.RunAsync("doctor"));
        Assert.Contains("FAIL  file       tokenizer.json is missing. Copy it", program.Output, StringComparison.Ordinal);
        string models = Path.Combine(program.Folder, "models");
        foreach (string name in (string[])["tokenizer.json", "tokenizer_config.json", "generation_config.json", "model.safetensors"])
        {
            await File.WriteAllTextAsync(Path.Combine(models, name), "{}");
        }
        program.Terminal = new FakeTerminal();
        Assert.Equal(ExitCode.Ok, await program.RunAsync("doctor"));
        await File.WriteAllTextAsync(Path.Combine(models, "tokenizer.json"), "{\"a\":");
        program.Terminal = new FakeTerminal();
        Assert.Equal(ExitCode.Failure, await program.RunAsync("doctor"));
        Assert.Contains("tokenizer.json cannot be read", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_looks_at_options_port_keys_store_and_who_may_read_them()
    {
        string data = Directory.CreateDirectory(Path.Combine(program.Folder, "data")).FullName, keys = Path.Combine(data, "api-keys.json");
        await File.WriteAllTextAsync(keys, "[]");
        await File.WriteAllTextAsync(Path.Combine(program.Folder, "appsettings.json"), """{"Server":{"Port":0}}""");
        await program.RunAsync("doctor");
        Assert.Contains("ok    options    Server:Port = 0", program.Output, StringComparison.Ordinal);
        Assert.Contains("port       127.0.0.1 port 0 is free", program.Output, StringComparison.Ordinal);
        Assert.Contains("store      " + Path.Combine(data, "feedback.db") + " will be made", program.Output, StringComparison.Ordinal);
        Assert.True(OperatingSystem.IsWindows() || program.Output.Contains($"chmod 600 {keys}", StringComparison.Ordinal));
        await File.WriteAllTextAsync(keys, "{");
        await File.WriteAllTextAsync(Path.Combine(data, "feedback.db"), "no database at all, but a text that somebody put here");
        program.Terminal = new FakeTerminal();
        Assert.Equal(ExitCode.Failure, await program.RunAsync("doctor"));
        Assert.Contains("FAIL  access", program.Output, StringComparison.Ordinal);
        Assert.Contains("FAIL  store", program.Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(program.Folder, "appsettings.json"), """{"Server":{"Port":-4}}""");
        program.Terminal = new FakeTerminal();
        await program.RunAsync("doctor");
        Assert.Contains("FAIL  options    Server:Port is", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_lists_every_faulty_option_and_starts_nothing()
    {
        Assert.Equal(ExitCode.Usage, await program.RunAsync("serve", "--port", "99999", "--set", "Server:Drain=1", "--address", "here"));
        Assert.Equal(3, program.Errors.Trim().Split('\n').Length);
        Assert.Empty(program.Output);
    }

    [Theory]
    [InlineData("sak", "ask", 1)]
    [InlineData("aks", "ask", 1)]
    [InlineData("", "ask", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_edits(string a, string b, int wanted) => Assert.Equal(wanted, Suggestion.Distance(a, b));
}
