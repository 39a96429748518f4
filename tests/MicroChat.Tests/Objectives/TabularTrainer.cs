using MicroChat.Training.Objectives;

namespace MicroChat.Tests.Objectives;

/// <summary>PPO on an enumerable language model with +1 per neighbouring pair "0 1" and −½ per token 3, whose best possible objective is known.</summary>
internal sealed class TabularTrainer
{
    private const int V = 4, T = 5, Batch = 256, Passes = 4;

    private readonly TabularPolicy _policy = new(V, T), _reference = new(V, T);
    private readonly double[][] _referenceRows;
    private readonly double[] _rewards;
    private readonly Random _random;
    private readonly double _beta;

    public TabularTrainer(int seed, double beta)
    {
        _random = new Random(seed);
        _beta = beta;
        Close.Draw(_random, _reference.Logits.Length, 0.3).CopyTo(_reference.Logits.AsSpan());
        _reference.Logits.CopyTo(_policy.Logits.AsSpan());
        _referenceRows = [.. Enumerable.Range(0, _reference.Values.Length).Select(_reference.LogProbs)];
        _rewards = [.. Enumerable.Range(0, _reference.Sequences).Select(s => Reward(_reference.Tokens(s)))];
    }

    /// <summary>β in the reward; the objective that is judged keeps the true one. For mutants.</summary>
    public double RewardBeta { get; init; } = double.NaN;

    /// <summary>Estimator in the reward. For mutants.</summary>
    public KlEstimator Estimator { get; init; } = KlEstimator.K1;

    /// <summary>Trains with a rate that falls to 0; the share of J* − J_ref that was closed, and the expected reward.</summary>
    public (double Gap, double Reward) Run(int updates, double rate)
    {
        var adam = new DoubleAdam(rate, 0.9, 0.999, 1e-8, 0);
        for (int i = 0; i < updates; i++)
        {
            adam.Rate = rate * (updates - i) / updates;
            Update(adam);
        }
        double start = Objective(_reference.SequenceLogProbs()).J, best = Best();
        (double reward, double j) = Objective(_policy.SequenceLogProbs());
        return ((j - start) / (best - start), reward);
    }

    private void Update(DoubleAdam adam)
    {
        var options = new PpoOptions { KlInReward = Estimator };
        int[] tokens = new int[Batch * T], prefixes = new int[Batch * T];
        double[][] rows = [.. Enumerable.Range(0, _policy.Values.Length).Select(_policy.LogProbs)];
        for (int t = 0; t < tokens.Length; t++)
        {
            int start = t / T * T;
            prefixes[t] = _policy.Prefix(tokens.AsSpan(start, t - start));
            tokens[t] = Draw(rows[prefixes[t]]);
        }
        var rollout = new PpoRollout
        {
            RowStarts = [.. Enumerable.Range(0, Batch + 1).Select(b => b * T)], Mask = [.. tokens.Select(_ => true)], Ended = [.. Enumerable.Repeat(true, Batch)],
            LogProb = [.. tokens.Select((token, t) => rows[prefixes[t]][token])],
            Reference = [.. tokens.Select((token, t) => _referenceRows[prefixes[t]][token])],
            Values = [.. prefixes.Select(prefix => _policy.Values[prefix])],
            Scores = [.. tokens.Chunk(T).Select(sequence => _rewards[_policy.Sequence(sequence)])],
        };
        PpoMinibatch batch = new PpoExperience(rollout, double.IsNaN(RewardBeta) ? _beta : RewardBeta, options).Select([.. Enumerable.Range(0, Batch)]);
        for (int pass = 0; pass < Passes; pass++)
        {
            Pass(adam, batch, options, prefixes, tokens);
        }
    }

    private void Pass(DoubleAdam adam, PpoMinibatch batch, PpoOptions options, int[] prefixes, int[] tokens)
    {
        int n = tokens.Length;
        double[][] rows = [.. Enumerable.Range(0, _policy.Values.Length).Select(_policy.LogProbs)];
        double[] logProb = [.. tokens.Select((token, t) => rows[prefixes[t]][token])], values = [.. prefixes.Select(prefix => _policy.Values[prefix])];
        double[] dLogProb = new double[n], dValues = new double[n], dLogits = new double[_policy.Logits.Length], dTable = new double[_policy.Values.Length];
        PpoLoss.Evaluate(batch, logProb, values, [], options, n, new PpoGradients { LogProb = dLogProb, Values = dValues });
        for (int t = 0; t < n; t++)
        {
            dTable[prefixes[t]] += dValues[t];
            for (int v = 0; v < V; v++)
            {
                dLogits[(prefixes[t] * V) + v] += dLogProb[t] * ((v == tokens[t] ? 1 : 0) - Math.Exp(rows[prefixes[t]][v]));
            }
        }
        adam.Step(double.PositiveInfinity, (_policy.Logits, dLogits), (_policy.Values, dTable));
    }

    private int Draw(double[] logP)
    {
        double u = _random.NextDouble();
        int token = 0;
        while (token < V - 1 && u >= Math.Exp(logP[token]))
        {
            u -= Math.Exp(logP[token++]);
        }
        return token;
    }

    private (double Reward, double J) Objective(double[] logP)
    {
        double[] reference = _reference.SequenceLogProbs();
        double reward = logP.Select((l, s) => Math.Exp(l) * _rewards[s]).Sum();
        return (reward, reward - (_beta * logP.Select((l, s) => Math.Exp(l) * (l - reference[s])).Sum()));
    }

    /// <summary>J* = β log E_ref e^{r/β}.</summary>
    private double Best()
    {
        double[] tilted = [.. _reference.SequenceLogProbs().Select((l, s) => l + (_rewards[s] / _beta))];
        double max = tilted.Max();
        return _beta * (max + Math.Log(tilted.Sum(l => Math.Exp(l - max))));
    }

    private static double Reward(int[] tokens) =>
        tokens.Zip(tokens.Skip(1)).Count(pair => pair is (0, 1)) - (0.5 * tokens.Count(token => token == 3));
}
