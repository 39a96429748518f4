using MicroChat.Model.Templates;
using MicroChat.Training.Data;

namespace MicroChat.Tests.Data;

public sealed class PreferenceReaderTests : IDisposable
{
    private static readonly ChatTurn[] s_prompt = [new("user", "Hi"), new("assistant", "Hello"), new("user", "Bye")];
    private readonly DataFiles _files = new();

    [Theory]
    [InlineData("""{"prompt": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "Bye"}], "chosen": "See you!", "rejected": "No."}""")]
    [InlineData("""{"prompt": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "Bye"}], "chosen": [{"role": "assistant", "content": "See you!"}], "rejected": [{"role": "assistant", "content": "No."}], "margin": 1}""")]
    [InlineData("""{"chosen": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "Bye"}, {"role": "assistant", "content": "See you!"}], "rejected": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "Bye"}, {"role": "assistant", "content": "No."}]}""")]
    [InlineData("""{"chosen": "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Bye\n\nAssistant: See you!", "rejected": "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Bye\n\nAssistant: No."}""")]
    public void A_pair_reads_the_same_from_every_layout(string row)
    {
        PreferencePair pair = Assert.Single(Datasets.Preferences(_files.Write("a.jsonl", row), new DatasetOptions(), new RowReport()));
        Assert.Equal(s_prompt, pair.Prompt);
        Assert.Equal(("See you!", "No."), (pair.Chosen, pair.Rejected));
    }

    [Theory]
    [InlineData("""{"chosen": "\n\nHuman: Hi\n\nAssistant: A", "rejected": "\n\nHuman: Ho\n\nAssistant: B"}""", "rejected", "differ")]
    [InlineData("""{"chosen": "\n\nHuman: Hi\n\nAssistant: A", "rejected": "\n\nHuman: Hi\n\nAssistant: A"}""", "rejected", "equal")]
    [InlineData("""{"chosen": "\n\nHuman: Hi\n\nAssistant: ", "rejected": "\n\nHuman: Hi\n\nAssistant: A"}""", "chosen (turn 2)", "not empty")]
    [InlineData("""{"chosen": "\n\nHuman: Hi\n\nAssistant: A\n\nAssistant: B", "rejected": "\n\nHuman: Hi\n\nAssistant: A\n\nAssistant: C"}""", "chosen[1]", "wanted user")]
    [InlineData("""{"chosen": "\n\nHuman: Hi\n\nHuman: B", "rejected": "\n\nHuman: Hi\n\nHuman: C"}""", "chosen", "the last turn is the user's")]
    [InlineData("""{"prompt": "Hi", "chosen": "A", "rejected": ""}""", "rejected", "not empty")]
    [InlineData("""{"prompt": "Hi", "chosen": "A", "rejected": "A"}""", "rejected", "equal")]
    [InlineData("""{"prompt": "Hi", "chosen": [{"role": "user", "content": "x"}], "rejected": "A"}""", "chosen", "[user]")]
    [InlineData("""{"prompt": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "x"}], "chosen": "B", "rejected": "A"}""", "prompt[1]", "wanted user")]
    public void A_bad_pair_is_named_by_its_field(string row, string field, string says)
    {
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Preferences(_files.Write("a.jsonl", row), new DatasetOptions(), new RowReport()).Count());
        Assert.Equal((1L, field), (e.Line, e.Field));
        Assert.Contains(says, e.Message);
    }

    [Fact]
    public void Prompts_are_texts_or_turns()
    {
        string path = _files.Write("a.jsonl", """{"source": "s", "license": "l", "prompt": "Hi", "label": "safe"}""" + "\n" + """{"prompt": [{"role": "system", "content": "S"}, {"role": "user", "content": "Hi"}]}""");
        ChatPrompt[] prompts = [.. Datasets.Prompts(path, new DatasetOptions { License = "CC0" }, new RowReport())];
        Assert.Equal(("s", "l", "CC0"), (prompts[0].Source, prompts[0].License, prompts[1].License));
        Assert.Equal([new ChatTurn("user", "Hi")], prompts[0].Turns);
        Assert.Equal([new ChatTurn("system", "S"), new ChatTurn("user", "Hi")], prompts[1].Turns);
    }

    public void Dispose() => _files.Dispose();
}
