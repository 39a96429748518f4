using System.Text.Json;
using MicroChat.Model.Sampling;

namespace MicroChat.Tests.Program;

public sealed class AskTests : IDisposable
{
    private readonly Harness program = new();

    public void Dispose() => program.Dispose();

    [Fact]
    public async Task The_words_are_the_message_and_the_reply_goes_to_the_output()
    {
        Assert.Equal(ExitCode.Ok, await program.RunAsync("ask", "who", "are you?"));
        Assert.Equal(("echo: who are you?\n", ""), (program.Output, program.Errors));
        Assert.True(program.Generator.Disposed);
    }

    [Theory]
    [InlineData("ask")]
    [InlineData("ask", "-")]
    public async Task Without_words_standard_input_is_the_message(params string[] args)
    {
        program.Terminal = new FakeTerminal { Input = new StringReader("from a\npipe\n") };
        Assert.Equal(ExitCode.Ok, await program.RunAsync(args));
        Assert.Equal("echo: from a\npipe\n", program.Output);
    }

    [Fact]
    public async Task Json_holds_reply_model_tokens_timing_and_finish_reason()
    {
        Assert.Equal(ExitCode.Ok, await program.RunAsync("ask", "--json", "--seed", "7", "say \"hi\""));
        using var json = JsonDocument.Parse(program.Output);
        JsonElement root = json.RootElement;
        Assert.Equal("echo: say \"hi\"", root.GetProperty("reply").GetString());
        Assert.Equal(("fake-1", "stop", 7), (root.GetProperty("model").GetString(), root.GetProperty("finish_reason").GetString(), root.GetProperty("seed").GetInt32()));
        Assert.Equal((2, 4), (root.GetProperty("tokens").GetProperty("prompt").GetInt32(), root.GetProperty("tokens").GetProperty("reply").GetInt32()));
        Assert.True(root.GetProperty("timing").GetProperty("total_ms").GetDouble() >= 0);
    }

    [Fact]
    public async Task Options_reach_the_model_and_unset_ones_are_its_own()
    {
        await program.RunAsync("ask", "hi", "--temperature", "0", "--max-tokens", "9", "--system", "be kind");
        SamplingOptions sampling = program.Generator.Requests[0].Sampling;
        Assert.Equal((0, 9, 0.95, 1234L), (sampling.Temperature, sampling.MaxReplyTokens, sampling.TopP, sampling.Seed));
        Assert.Equal("be kind", program.Generator.Requests[0].Turns[0].Content);
    }

    [Theory]
    [InlineData("--temperature is \"hot\"; it must be a number", "--temperature", "hot")]
    [InlineData("Temperature is -1; it must be", "--temperature", "-1")]
    [InlineData("MaxReplyTokens is 0; it must be", "--max-tokens", "0")]
    [InlineData("Did you mean \"--temperature\"?", "--temprature", "1")]
    public async Task A_senseless_option_is_a_usage_error_in_one_line(string wanted, params string[] options)
    {
        Assert.Equal(ExitCode.Usage, await program.RunAsync(["ask", "hi", .. options]));
        Assert.Contains(wanted, program.Errors, StringComparison.Ordinal);
        Assert.Single(program.Errors.Trim().Split('\n'));
        Assert.Empty(program.Generator.Requests);
    }

    [Fact]
    public async Task After_two_dashes_everything_is_message()
    {
        Assert.Equal(ExitCode.Ok, await program.RunAsync("ask", "--", "--temprature"));
        Assert.Equal("echo: --temprature\n", program.Output);
    }

    [Fact]
    public async Task An_empty_message_and_one_that_is_too_long_are_refused()
    {
        Assert.Equal(ExitCode.Usage, await program.RunAsync("ask", "  "));
        program.Terminal = new FakeTerminal { Input = new StringReader(new string('x', 2_000_000)) };
        Assert.Equal(ExitCode.Failure, await program.RunAsync("ask"));
        Assert.Contains("1,048,576", program.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, await program.RunAsync("ask", string.Join(' ', Enumerable.Repeat("word", 1_200))));
        Assert.Contains("1200 tokens", program.Errors, StringComparison.Ordinal);
        Assert.Empty(program.Generator.Requests);
    }

    [Fact]
    public async Task A_folder_without_a_model_is_named()
    {
        Assert.Equal(ExitCode.Failure, await program.RunAsync("ask", "hi", "--model", Path.Combine(program.Folder, "nowhere")));
        Assert.Contains("nowhere", program.Errors, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, await program.RunAsync("ask", "hi", "--model", program.Folder));
        Assert.Contains("has no config.json", program.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_C_ends_it_with_130_and_what_was_said()
    {
        program.Generator.BeforeWord = said => { if (said == 2) { program.Terminal.Interrupt(); } };
        Assert.Equal(ExitCode.Cancelled, await program.RunAsync("ask", "one two three"));
        Assert.Equal(("echo: one\n", "microchat: Cancelled.\n"), (program.Output, program.Errors));
    }

    [Fact]
    public async Task A_model_that_fails_is_one_line_without_a_stack_trace()
    {
        program.Generator.BeforeWord = _ => throw new InvalidOperationException("the weights\nare gone");
        Assert.Equal(ExitCode.Failure, await program.RunAsync("ask", "hi"));
        Assert.Equal("microchat: the weights are gone\n", program.Errors);
    }
}
