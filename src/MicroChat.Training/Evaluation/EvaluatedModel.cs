using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;
using MicroChat.Training.Rollouts;
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
    /// <summary>Replies in work at once.</summary>
    private const int Sequences = 16;
    private const int StepTokens = 256;

    private readonly ParameterBlock _weights;
    private readonly IComputeBackend _backend;
    private readonly ChatEncoder _encoder;

    public EvaluatedModel(string folder, TimeProvider time, Crew crew)
    {
        (Folder, _backend) = (folder, ComputeBackends.New(crew));
        Text = PreferenceStage.Text(folder, time);
        _encoder = new ChatEncoder(Text.Template, Text.Tokenizer, time);
        _weights = WeightFiles.Load(folder, DecoderConfigReader.Read(folder));
        Scorer = _backend.NewTrainable(_weights, frozen: true, recompute: false);
    }

    public string Folder { get; }

    public ModelText Text { get; }

    public ITrainableDecoder Scorer { get; }

    /// <summary>One reply per prompt; prompts that leave no room for a reply in the context get none (null).</summary>
    /// <param name="prompts">Turns that end with the user's.</param>
    /// <param name="options">How to sample.</param>
    /// <param name="seed">Each prompt that is answered has draws of its own, the same for every model with the same context.</param>
    public IReadOnlyList<GivenReply?> Answer(IReadOnlyList<IReadOnlyList<ChatTurn>> prompts, SamplingOptions options, int seed)
    {
        int[][] encoded = [.. prompts.Select(turns => _encoder.Encode(turns, addGenerationPrompt: true).Ids)];
        int[] fitting = [.. Enumerable.Range(0, encoded.Length).Where(i => encoded[i].Length + options.MaxReplyTokens <= Text.ContextTokens)];
        var replies = new GivenReply?[encoded.Length];
        if (fitting.Length == 0)
        {
            return replies;
        }
        using IDecoder decoder = _backend.NewDecoder(_weights, StepTokens);
        using var generator = new RolloutGenerator(decoder, Sequences, fitting.Max(i => encoded[i].Length) + options.MaxReplyTokens);
        Rollout[] given = generator.Generate([.. fitting.Select(i => encoded[i])], adapter: null, options, seed, firstNumber: 0);
        foreach ((int place, Rollout reply) in fitting.Zip(given))
        {
            replies[place] = new GivenReply(reply.Row, reply.Ended, Text.Tokenizer.Decode(reply.Ended ? reply.Reply[..^1] : reply.Reply, skipSpecial: true));
        }
        return replies;
    }

    /// <summary>Σ log p of every reply at a temperature. Unit: nats.</summary>
    public double[] LogProbs(IReadOnlyList<EncodedReply> rows, double temperature, int batchTokens)
    {
        Scorer.Temperature = (float)temperature;
        var sums = new List<double>();
        foreach (List<EncodedReply> micro in MicroBatches.Cut(rows, row => row.Ids.Length, batchTokens))
        {
            var batch = new ReplyBatch(micro);
            double[] logProb = Precision.Widen(Scorer.Score(batch.Tokens, head: null, entropy: false).LogProb);
            sums.AddRange(KahnemanTversky.LogRatios(logProb, new double[logProb.Length], batch.Actions, batch.Tokens.RowStarts));
        }
        Scorer.Temperature = 1;
        return [.. sums];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Scorer.Dispose();
        _backend.Dispose();
        _weights.Dispose();
    }
}
