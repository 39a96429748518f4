using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;

namespace MicroChat.Chat.Serving;

/// <summary>A model ready to be served: its card, decoder, tokenizer and chat template. Owns them; an engine that takes it disposes it.</summary>
public sealed class ServingModel : IDisposable
{
    /// <summary>Most new tokens in a step of the engine.</summary>
    private const int StepTokens = 256;

    private readonly ChatEncoder _encoder;
    private readonly IDisposable[] _owned;

    /// <summary>A model from its parts.</summary>
    /// <param name="card">What is told about it.</param>
    /// <param name="decoder">Disposed with the model.</param>
    /// <param name="tokenizer">The vocabulary.</param>
    /// <param name="template">The chat template.</param>
    /// <param name="time">The clock that chat templates may read.</param>
    /// <param name="owned">What else is disposed with the model, after the decoder, in this order.</param>
    /// <exception cref="CheckpointException">The tokenizer has more tokens than the decoder.</exception>
    public ServingModel(
        ModelCard card, IDecoder decoder, Tokenizer tokenizer, ChatTemplate template, TimeProvider time, IReadOnlyList<IDisposable> owned)
    {
        if (tokenizer.VocabularySize > decoder.Config.VocabularySize)
        {
            throw new CheckpointException(
                $"{card.Name}: tokenizer.json has {tokenizer.VocabularySize} tokens, but the model has rows for {decoder.Config.VocabularySize}. "
                + "Use the tokenizer.json that was saved in the model's own folder.");
        }
        Card = card;
        Decoder = decoder;
        Tokenizer = tokenizer;
        Text = TextFingerprint.Of(tokenizer, template);
        _encoder = new ChatEncoder(template, tokenizer, time);
        _owned = [decoder, .. owned];
    }

    /// <summary>What there is to know about it.</summary>
    public ModelCard Card { get; }

    /// <summary>Which tokenizer and template it has.</summary>
    internal TextFingerprint Text { get; }

    internal IDecoder Decoder { get; }

    internal Tokenizer Tokenizer { get; }

    /// <summary>Loads a Hugging Face folder: config, weights, tokenizer, chat template, generation defaults. The card is named after the folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="threads">Threads that compute, the engine's own included.</param>
    /// <param name="time">The clock that chat templates may read.</param>
    /// <exception cref="CheckpointException">A file is missing or broken, or they contradict each other; the message names it.</exception>
    public static ServingModel Load(string folder, int threads, TimeProvider time) =>
        Load(folder, threads, time, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), ModelCard.EmbeddedVersion);

    /// <summary>Loads a Hugging Face folder under a name and version of the caller's.</summary>
    /// <inheritdoc cref="Load(string, int, TimeProvider)"/>
    public static ServingModel Load(string folder, int threads, TimeProvider time, string name, string version)
    {
        DecoderConfig config = DecoderConfigReader.Read(folder);
        ParameterBlock weights = WeightFiles.Load(folder, config);
        IComputeBackend backend = ComputeBackends.New(threads);
        try
        {
            var card = new ModelCard
            {
                Name = name,
                Version = version,
                ContextTokens = config.ContextTokens,
                Parameters = weights.Count,
                Sampling = GenerationConfig.Read(folder),
            };
            return new ServingModel(card, backend.NewDecoder(weights, StepTokens), Tokenizer.Load(folder), ChatTemplate.Load(folder), time, [weights, backend]);
        }
        catch
        {
            weights.Dispose();
            backend.Dispose();
            throw;
        }
    }

    /// <summary>Tokens that these turns take as a prompt.</summary>
    public int CountTokens(IReadOnlyList<ChatTurn> turns) => _encoder.Encode(turns, addGenerationPrompt: true).Ids.Length;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable part in _owned)
        {
            part.Dispose();
        }
    }

    /// <summary>Refuses a model that reads text otherwise than another: prompts are counted with the one and may be answered by the other.</summary>
    /// <param name="other">The other's.</param>
    /// <param name="folder">This model's, for the message.</param>
    /// <exception cref="CheckpointException">Tokenizer or chat template differ.</exception>
    internal void RequireSameText(TextFingerprint other, string folder)
    {
        if (Text != other)
        {
            string what = Text.Tokenizer != other.Tokenizer ? "tokenizer" : "chat template";
            throw new CheckpointException($"{folder} has another {what} than the live generation; both must have the same to be served together. Train it from the live one.");
        }
    }

    /// <summary>The exact prompt of a request, which fits the context with room for a token.</summary>
    /// <exception cref="MessageTooLongException">It does not fit.</exception>
    internal int[] Encode(ReplyRequest request)
    {
        int[] ids = request.Text is { } text ? EncodeText(text) : _encoder.Encode(request.Turns, addGenerationPrompt: true).Ids;
        return ids.Length < Card.ContextTokens ? ids : throw new MessageTooLongException(
            $"The prompt takes {ids.Length} tokens; {Card.ContextTokens - 1} fit ({Card.ContextTokens} of context less 1 for the reply). "
            + "Shorten the history or the message.", ids.Length, Card.ContextTokens - 1);
    }

    /// <summary>A text with what the tokenizer's own template puts before one; of an empty text the token that ends documents, after which another begins.</summary>
    private int[] EncodeText(string text)
    {
        int[] ids = [.. Tokenizer.TemplatePrefix, .. Tokenizer.Encode(text)];
        return ids.Length > 0 || Decoder.Config.EndTokenIds.Count == 0 ? ids : [Decoder.Config.EndTokenIds[0]];
    }
}
