using MicroChat.Chat;
using MicroChat.Chat.Serving;
using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;
using MicroChat.Tests.Tokenizers;

namespace MicroChat.Tests.Chat.Serving;

/// <summary>A model of random weights, small enough for thousands of steps a second, with a real tokenizer and template.</summary>
internal static class TinyModel
{
    public const int ContextTokens = 512;

    public static Tokenizer Tokenizer => SmallTokenizer.Instance;

    public static DecoderConfig Config { get; } = new()
    {
        ModelType = "llama", VocabularySize = SmallTokenizer.Instance.VocabularySize, Width = 32, Layers = 2, Heads = 4, KeyValueHeads = 2,
        HeadSize = 8, FeedForward = 48, ContextTokens = ContextTokens, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true,
        InitializerRange = 0.4f, EndTokenIds = [SmallTokenizer.Instance.IdOf(OwnTemplate.EndOfTurn)!.Value],
    };

    public static ServingModel Create(out HookedDecoder decoder, int seed = 2, string version = "0", int stepTokens = 64)
    {
        var weights = new ParameterBlock(Config);
        WeightInitializer.Initialize(weights, seed);
        var crew = new Crew(1);
        var card = new ModelCard
        {
            Name = "tiny", Version = version, ContextTokens = ContextTokens, Parameters = weights.Count,
            Sampling = new SamplingOptions { Temperature = 1, TopP = 1, MaxReplyTokens = 32 },
        };
        decoder = new HookedDecoder(new Decoder(weights, crew, stepTokens));
        return new ServingModel(
            card, decoder, Tokenizer, ChatTemplate.Parse(OwnTemplate.Source, new Dictionary<string, string>()), TimeProvider.System, [weights, crew]);
    }

    public static Engine Engine(EngineOptions options, out HookedDecoder decoder) =>
        new(Create(out decoder), options, TimeProvider.System);

    /// <summary>A request that ends at its limit only.</summary>
    public static ReplyRequest Endless(string text, int tokens, long seed = 1, string? user = null) =>
        new([new ChatTurn("user", text)], new SamplingOptions
        {
            Temperature = 1, TopP = 1, MaxReplyTokens = tokens, Seed = seed, SuppressedTokens = [.. Config.EndTokenIds],
        })
        { User = user };

    /// <summary>The prompt's token ids that a request comes to.</summary>
    public static int[] Prompt(ReplyRequest request)
    {
        using ServingModel model = Create(out _);
        return model.Encode(request);
    }

    public static async Task<List<ReplyPiece>> Collect(IReplyGenerator generator, ReplyRequest request, CancellationToken cancellationToken = default)
    {
        var pieces = new List<ReplyPiece>();
        await foreach (ReplyPiece piece in generator.GenerateAsync(request, cancellationToken))
        {
            pieces.Add(piece);
        }
        return pieces;
    }

    /// <summary>Everything about a reply that has to be equal however it was made.</summary>
    public static string Essence(IEnumerable<ReplyPiece> pieces) => string.Join(' ', pieces.Where(p => p.Queue is null && p.Start is null)
        .Select(p => $"{p.TokenId}:{(p.LogProbability is { } l ? BitConverter.SingleToInt32Bits(l) : 0):x}:{p.Text}:{p.FinishReason}"));

    /// <summary>The reply that a request gets from an engine of its own.</summary>
    public static async Task<string> Alone(ReplyRequest request, int seed = 2)
    {
        using var engine = new Engine(Create(out _, seed), new EngineOptions { CacheBytes = 0 }, TimeProvider.System);
        return Essence(await Collect(engine, request));
    }
}
