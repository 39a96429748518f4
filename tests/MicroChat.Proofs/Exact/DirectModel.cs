using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Training;
using MicroChat.Training.Objectives;
using MicroChat.Training.Reports;
using MicroChat.Training.Stages;

namespace MicroChat.Proofs.Exact;

/// <summary>
/// DPO and KTO with the decoder, the losses and the optimiser that "train dpo" and "train kto" use, on <see cref="EnumerableLanguage"/>. Judgements
/// are drawn: pairs of any two replies by Bradley and Terry's law on the true rewards, thumbs on replies of the reference by a threshold law on them.
/// </summary>
internal sealed class DirectModel : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("microchat-direct-").FullName;
    private readonly Crew _crew = new(1);
    private readonly TunedModel _model;
    private readonly double[] _cumulative;
    private readonly Random _random;

    public DirectModel(int seed)
    {
        using (var weights = new ParameterBlock(EnumerableLanguage.Shape))
        {
            WeightInitializer.Initialize(weights, seed);
            TrainingCheckpoint.WriteModel(_folder, weights, TensorType.F32, _ => { });
        }
        _model = new TunedModel(new TuningPlan(_folder, Checkpoint: null, Adapter: null, Scored: false, Recompute: false, seed), _crew);
        _random = new Random(seed);
        Reference = Policy();
        double sum = 0;
        _cumulative = [.. Reference.Select(l => sum += Math.Exp(l))];
    }

    /// <summary>(1024) log-probabilities of the replies before training.</summary>
    public double[] Reference { get; }

    /// <summary>(1024) log-probabilities of the replies now.</summary>
    public double[] Policy() => EnumerableLanguage.LogProbs(batch => _model.Decoder.Score(batch, null, false));

    /// <summary>Trains by DPO on so many pairs.</summary>
    /// <param name="pairs">Pairs, drawn once.</param>
    /// <param name="beta">β of the loss, and of J.</param>
    /// <param name="updates">Updates of 256 pairs, or of all where there are fewer.</param>
    /// <param name="loss">The loss; β is set to <paramref name="beta"/>.</param>
    public DirectResult Dpo(int pairs, double beta, int updates, DirectPreferenceLoss loss)
    {
        DpoPair[] training = [.. Enumerable.Range(0, pairs).Select(_ => DrawPair())];
        var options = new DpoOptions
        {
            Model = _folder, Data = [], OutFolder = _folder, Training = Training(updates), Loss = new DirectPreferenceOptions { Beta = beta, Loss = loss },
        };
        return Train(new DpoTask(_model, training, [], options), options.Training, updates, beta, [.. training.Select(pair => pair.Better.Ids)]);
    }

    /// <summary>Trains by KTO on thumbs.</summary>
    /// <param name="ups">Liked replies.</param>
    /// <param name="downs">Disliked ones.</param>
    /// <param name="balanced">Whether both kinds weigh the same; otherwise every thumb does.</param>
    /// <param name="beta">β of the loss, and of J.</param>
    /// <param name="updates">Updates of 256 thumbs.</param>
    public DirectResult Kto(int ups, int downs, bool balanced, double beta, int updates)
    {
        var weights = new KahnemanTverskyOptions { Beta = beta };
        var options = new KtoOptions
        {
            Model = _folder, Data = [], OutFolder = _folder, Training = Training(updates), Kto = balanced ? KahnemanTversky.Balanced(weights, ups, downs) : weights,
        };
        KtoItem[] training = DrawThumbs(ups, downs);
        var task = new KtoTask(_model, training, [], options, EnumerableLanguage.ReplyTokens + 1);
        return Train(task, options.Training, updates, beta, [.. training.Where(item => item.Up).Select(item => item.Reply.Ids)]);
    }

    public void Dispose()
    {
        _model.Dispose();
        _crew.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static PreferenceTrainingOptions Training(int updates) => new() { LearningRate = 3e-3, ItemsPerStep = 256, Adapter = null, Epochs = updates, FloorShare = 0 };

    private DirectResult Train(IPreferenceTask task, PreferenceTrainingOptions options, int updates, double beta, int[][] liked)
    {
        var schedule = new LearningRateSchedule { Peak = options.LearningRate, DecaySteps = updates, Shape = DecayShape.Linear };
        int[] order = [.. Enumerable.Range(0, task.Items)], likedReplies = [.. liked.Select(Number)];
        int count = Math.Min(options.ItemsPerStep, order.Length), next = order.Length;
        double before = likedReplies.Average(reply => Reference[reply]), firstLoss = double.NaN;
        for (int update = 0; update < updates; update++)
        {
            if (next + count > order.Length)
            {
                _random.Shuffle(order);
                next = 0;
            }
            PreferenceUpdate seen = task.Accumulate(order[next..(next + count)]);
            firstLoss = update == 0 ? seen.Values[Metrics.Loss] : firstLoss;
            next += count;
            _model.Decoder.Step((float)schedule.At(update), options.Optimizer);
        }
        double[] policy = Policy();
        return new DirectResult(EnumerableLanguage.Judge(Reference, policy, beta), firstLoss, before, likedReplies.Average(reply => policy[reply]));
    }

    /// <summary>Two different replies, each as likely as any other; r wins over r' with probability σ(r − r').</summary>
    private DpoPair DrawPair()
    {
        int first = _random.Next(EnumerableLanguage.Replies), second = _random.Next(EnumerableLanguage.Replies - 1);
        second += second >= first ? 1 : 0;
        double win = 1 / (1 + Math.Exp(EnumerableLanguage.Rewards[second] - EnumerableLanguage.Rewards[first]));
        return _random.NextDouble() < win
            ? new DpoPair(EnumerableLanguage.Row(first), EnumerableLanguage.Row(second))
            : new DpoPair(EnumerableLanguage.Row(second), EnumerableLanguage.Row(first));
    }

    /// <summary>Replies of the reference, liked with probability σ(4 r), until there are so many of each kind.</summary>
    private KtoItem[] DrawThumbs(int ups, int downs)
    {
        var items = new List<KtoItem>();
        while (ups + downs > 0)
        {
            int reply = Draw();
            bool up = _random.NextDouble() < 1 / (1 + Math.Exp(-4 * EnumerableLanguage.Rewards[reply]));
            ref int left = ref up ? ref ups : ref downs;
            if (left > 0)
            {
                left--;
                items.Add(new KtoItem(EnumerableLanguage.Row(reply), up));
            }
        }
        return [.. items];
    }

    private int Draw()
    {
        int place = Array.BinarySearch(_cumulative, _random.NextDouble() * _cumulative[^1]);
        return place < 0 ? ~place : place;
    }

    private static int Number(int[] row) => row.Skip(1).Aggregate(0, (number, token) => (number * 4) + token);
}

/// <summary>What learning from judgements reached.</summary>
/// <param name="Exact">What the policy is worth.</param>
/// <param name="FirstLoss">Loss of the first update.</param>
/// <param name="LikedBefore">Mean log-probability of the liked replies before. Unit: nats.</param>
/// <param name="LikedAfter">The same afterwards: it may fall although the loss does.</param>
internal sealed record DirectResult(ExactResult Exact, double FirstLoss, double LikedBefore, double LikedAfter);
