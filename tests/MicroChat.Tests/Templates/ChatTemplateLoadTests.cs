using System.Text;
using MicroChat.Model.Templates;

namespace MicroChat.Tests.Templates;

/// <summary>Where a model folder keeps its template.</summary>
public sealed class ChatTemplateLoadTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("microchat-template-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);

    private string Render() => ChatTemplate.Load(folder).Render([new ChatTurn("user", "hi")], addGenerationPrompt: false, TimeProvider.System).Text;

    [Theory]
    [InlineData("""{"chat_template": "{{ bos_token }}{{ messages[0].content }}", "bos_token": "<s>"}""", "<s>hi")]
    [InlineData("""{"chat_template": "{{ bos_token }}{{ pad_token is defined }}", "bos_token": {"content": "<b>", "lstrip": false}, "pad_token": null}""", "<b>False")]
    [InlineData("""{"chat_template": [{"name": "tool_use", "template": "no"}, {"name": "default", "template": "yes"}]}""", "yes")]
    [InlineData("""{"chat_template": [{"name": "rag", "template": "only"}]}""", "only")]
    public void A_text_or_a_list_in_the_config_is_read(string config, string wanted)
    {
        Write("tokenizer_config.json", config);
        Assert.Equal(wanted, Render());
    }

    [Fact]
    public void A_file_of_its_own_comes_first()
    {
        Write("tokenizer_config.json", """{"chat_template": "config", "eos_token": "</s>"}""");
        Write("chat_template.jinja", "file{{ eos_token }}");
        Assert.Equal("file</s>", Render());
    }

    [Theory]
    [InlineData("{}", "no chat template")]
    [InlineData("""{"chat_template": 5}""", "no chat template")]
    [InlineData("""{"chat_template": [{"name": "a", "template": "x"}, {"name": "b", "template": "y"}]}""", "name one of them")]
    [InlineData("""{"chat_template": [5]}""", "has no \"name\"")]
    [InlineData("""{"chat_template": "{% if %}"}""", "line 1")]
    [InlineData("{\"chat_template\": ", "tokenizer_config.json")]
    [InlineData("[1]", "no chat template")]
    public void A_bad_config_is_named(string config, string wanted)
    {
        Write("tokenizer_config.json", config);
        var failure = Assert.Throws<TemplateException>(Render);
        Assert.Contains("tokenizer_config.json", failure.Message, StringComparison.Ordinal);
        Assert.Contains(wanted, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_folder_is_refused() => Assert.Contains("no chat template", Assert.Throws<TemplateException>(Render).Message, StringComparison.Ordinal);

    [Fact]
    public void The_config_of_own_models_carries_the_own_template()
    {
        using var output = new MemoryStream();
        OwnTemplate.WriteTokenizerConfig(output, contextTokens: 1_024);
        Write("tokenizer_config.json", Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal(OwnTemplate.Source, ChatTemplate.Load(folder).Source);
        Assert.Equal("<|user|>hi<|end|>", Render());
    }
}
