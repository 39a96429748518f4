using System.Text;
using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Model.Generation;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;
using MicroChat.Training.Data;

namespace MicroChat.Training.Stages;

/// <summary>What a stage gets from the outside world.</summary>
/// <param name="Output">Where progress is shown.</param>
/// <param name="Columns">Width of the terminal; 0: the output is redirected.</param>
/// <param name="Time">The clock.</param>
/// <param name="Command">The command line, for the report.</param>
/// <param name="Threads">Threads that compute.</param>
public sealed record StageContext(TextWriter Output, int Columns, TimeProvider Time, string Command, int Threads);

/// <summary>Tokenizer and chat template of the model in training, and what they are used for there.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Template">The chat template.</param>
/// <param name="ContextTokens">Longest sequence that the model is made for. Unit: tokens.</param>
/// <param name="Time">The clock that templates may read.</param>
/// <param name="Generation">generation_config.json of the model that the run begins with, which its checkpoints keep; null: none.</param>
public sealed record ModelText(Tokenizer Tokenizer, ChatTemplate Template, int ContextTokens, TimeProvider Time, string? Generation)
{
    private const int SampleTokens = 80;

    /// <summary>What the model is asked at every validation.</summary>
    public static IReadOnlyList<string> SamplePrompts { get; } =
    [
        "Hello!", "Who are you?", "What is a dog?", "What is 7 + 5?", "Do you like music?", "How do you spell \"house\"?",
        "Tell me a short story.", "I feel sad today.",
    ];

    /// <summary>The model's generation_config.json, or null.</summary>
    public static string? GenerationOf(string model)
    {
        string path = Path.Combine(model, DecoderConfigReader.GenerationName);
        return File.Exists(path) ? File.ReadAllText(path) : null;
    }

    private readonly ChatEncoder _encoder = new(Template, Tokenizer, Time);

    /// <summary>Encodes a conversation with the assistant's tokens marked; the number of bytes is that of the assistant's words.</summary>
    public int Encode(Conversation conversation, List<int> ids, List<bool> targets)
    {
        EncodedChat encoded = _encoder.Encode(conversation.Turns, addGenerationPrompt: false);
        ids.AddRange(encoded.Ids);
        targets.AddRange(encoded.IsGenerated);
        return conversation.Turns.Where(turn => turn.Role == "assistant").Sum(turn => Encoding.UTF8.GetByteCount(turn.Content));
    }

    /// <summary>Encodes the turns before a reply, and opens the reply.</summary>
    /// <exception cref="TemplateException">The template refuses the conversation.</exception>
    public int[] EncodePrompt(IReadOnlyList<ChatTurn> turns) => _encoder.Encode(turns, addGenerationPrompt: true).Ids;

    /// <summary>Greedy replies to the sample prompts.</summary>
    public IReadOnlyList<SampleReply> Sample(ParameterBlock weights, Crew crew)
    {
        using var decoder = new MicroChat.Model.Decoding.Decoder(weights, crew);
        using var generator = new TokenGenerator(decoder, weights.Config.ContextTokens);
        var options = new SamplingOptions { Temperature = 0, MaxReplyTokens = SampleTokens };
        var replies = new List<SampleReply>();
        foreach (string prompt in SamplePrompts)
        {
            int[] ids = EncodePrompt([new ChatTurn("user", prompt)]);
            int[] reply = [.. generator.Generate(ids, options, new SeededDraws(0, 0)).Select(token => token.Id)];
            replies.Add(new SampleReply(prompt, Tokenizer.Decode(reply, skipSpecial: false)));
        }
        return replies;
    }

    /// <summary>Hashes of tokenizer and template: what a checkpoint was made with.</summary>
    public TextFingerprint Fingerprint => TextFingerprint.Of(Tokenizer, Template);

    /// <summary>Writes tokenizer.json, tokenizer_config.json with the template, their hashes, and the inherited generation_config.json into a model folder.</summary>
    public void WriteAssets(string folder)
    {
        Tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
        AtomicFile.Write(Path.Combine(folder, "tokenizer_config.json"), stream => OwnTemplate.WriteTokenizerConfig(stream, ContextTokens));
        if (Generation is not null)
        {
            AtomicFile.WriteText(Path.Combine(folder, DecoderConfigReader.GenerationName), Generation);
        }
        if (Template.Source != OwnTemplate.Source)
        {
            AtomicFile.WriteText(Path.Combine(folder, "chat_template.jinja"), Template.Source); // read before the one in tokenizer_config.json
        }
        Fingerprint.Write(folder);
    }
}
