using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Model.Generation;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Stages;

namespace MicroChat.Training.Evaluation;

/// <summary>A reply that a model gave.</summary>
/// <param name="Row">Prompt and reply as tokens, the end of the turn among them where the reply ended by itself.</param>
/// <param name="Ended">Whether it did.</param>
/// <param name="Text">The reply's words.</param>
internal sealed record GivenReply(EncodedReply Row, bool Ended, string Text)
{
    /// <summary>The reply's tokens.</summary>
    public int[] Ids => Row.Ids[Row.PromptTokens..];
}

/// <summary>A model under test: it answers, and it scores tokens.</summary>
internal sealed class EvaluatedModel : IDisposable
{
    private readonly ParameterBlock _weights;
    private readonly TrainingWorkspace _workspace = new();
    private readonly Crew _crew;
    private readonly ChatEncoder _encoder;
    private readonly int _endOfTurn;

    public EvaluatedModel(string folder, TimeProvider time, Crew crew)
    {
        (Folder, _crew) = (folder, crew);
        Text = PreferenceStage.Text(folder, time);
        _encoder = new ChatEncoder(Text.Template, Text.Tokenizer, time);
        _weights = WeightFiles.Load(folder, DecoderConfigReader.Read(folder));
        Decoder = new TrainableDecoder(_weights, crew, frozen: true, _workspace);
        _endOfTurn = new ReplyEncoder(_encoder).Encode([new ChatTurn("user", "a")], "a").Ids[^1];
    }

    public string Folder { get; }

    public ModelText Text { get; }

    public TrainableDecoder Decoder { get; }

    /// <summary>One reply per prompt; prompts that leave no room for a reply in the context get none (null).</summary>
    /// <param name="prompts">Turns that end with the user's.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="seed">Each prompt has draws of its own, the same for every model.</param>
    public IReadOnlyList<GivenReply?> Answer(IReadOnlyList<IReadOnlyList<ChatTurn>> prompts, SamplingOptions options, ulong seed)
    {
        using var decoder = new MicroChat.Model.Decoding.Decoder(_weights, _crew);
        using var generator = new TokenGenerator(decoder, _weights.Config.ContextTokens);
        var replies = new List<GivenReply?>();
        for (int i = 0; i < prompts.Count; i++)
        {
            int[] prompt = _encoder.Encode(prompts[i], addGenerationPrompt: true).Ids;
            replies.Add(prompt.Length + options.MaxReplyTokens > generator.ContextTokens ? null : Answer(generator, prompt, options, new SeededDraws(seed, (ulong)i)));
        }
        return replies;
    }

    /// <summary>Σ log p of every reply at a temperature. Unit: nats.</summary>
    public double[] LogProbs(IReadOnlyList<EncodedReply> rows, double temperature, int batchTokens)
    {
        Decoder.Temperature = (float)temperature;
        var sums = new List<double>();
        foreach (List<EncodedReply> micro in MicroBatches.Cut(rows, row => row.Ids.Length, batchTokens))
        {
            var batch = new ReplyBatch(micro);
            double[] logProb = Precision.Widen(Decoder.Score(batch.Tokens, head: null, entropy: false).LogProb);
            sums.AddRange(KahnemanTversky.LogRatios(logProb, new double[logProb.Length], batch.Actions, batch.Tokens.RowStarts));
        }
        Decoder.Temperature = 1;
        return [.. sums];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Decoder.Dispose();
        _workspace.Dispose();
        _weights.Dispose();
    }

    private GivenReply Answer(TokenGenerator generator, int[] prompt, SamplingOptions options, SeededDraws draws)
    {
        int[] ids = [.. generator.Generate(prompt, options, draws).Select(token => token.Id)];
        bool ended = generator.Finish == FinishReason.Stop;
        return new GivenReply(new EncodedReply([.. prompt, .. ids, .. ended || ids.Length == 0 ? [_endOfTurn] : Array.Empty<int>()], prompt.Length), ended, Text.Tokenizer.Decode(ids, skipSpecial: true));
    }
}
