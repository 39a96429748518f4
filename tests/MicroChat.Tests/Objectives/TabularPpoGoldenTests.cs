using System.Text.Json;
using MicroChat.Training.Objectives;

namespace MicroChat.Tests.Objectives;

/// <summary>Twenty updates of PPO on an enumerable language model: the samples, losses, tables and the exact objective of the reference.</summary>
[Trait("Category", Golden.Category)]
public sealed class TabularPpoGoldenTests
{
    private const double Tolerance = 1e-8;

    [Theory]
    [MemberData(nameof(Files))]
    public void A_run_equals_the_reference(string file, string id)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        JsonElement c = document.RootElement.GetProperty("cases").EnumerateArray().Single(e => e.GetProperty("id").GetString() == id);
        var run = new TabularRun(c.GetProperty("options"), new GoldenTensors(Path.Combine(Path.GetDirectoryName(file)!, c.GetProperty("arrays").GetString()!)));
        JsonElement expected = c.GetProperty("expected");
        run.AssertExact(expected, "J_reference_policy", run.Exact().J);
        foreach (JsonElement update in expected.GetProperty("updates").EnumerateArray())
        {
            run.Update(update);
        }
        run.AssertFinal();
        (double reward, double kl, double j) = run.Optimum();
        run.AssertExact(expected, "J_optimum", j);
        run.AssertExact(expected, "reward_at_optimum", reward);
        run.AssertExact(expected, "kl_at_optimum", kl);
    }

    public static TheoryData<string, string> Files => ObjectiveCase.Of("tabular_ppo");

    /// <summary>The run and its state.</summary>
    private sealed class TabularRun
    {
        private readonly GoldenTensors _arrays;
        private readonly TabularPolicy _policy, _reference;
        private readonly double[] _rewards, _uniforms;
        private readonly int[] _samples;
        private readonly int _vocabulary, _length, _batch, _epochs;
        private readonly double _beta;
        private readonly PpoOptions _options;
        private readonly DoubleAdam _adam;

        public TabularRun(JsonElement o, GoldenTensors arrays)
        {
            double Option(string name) => o.GetProperty(name).GetDouble();
            _arrays = arrays;
            (_vocabulary, _length, _batch, _epochs) = ((int)Option("vocab"), (int)Option("length"), (int)Option("batch"), (int)Option("epochs"));
            _reference = new TabularPolicy(_vocabulary, _length) { Logits = arrays.Read<double>("reference_logits") };
            _policy = new TabularPolicy(_vocabulary, _length) { Logits = [.. _reference.Logits] };
            (_rewards, _uniforms, _samples) = (arrays.Read<double>("sequence_reward"), arrays.Read<double>("uniforms"), arrays.Read<int>("samples"));
            _beta = Option("beta");
            double[] adam = ObjectiveCase.Flat(o.GetProperty("adam"));
            _adam = new DoubleAdam(Option("learning_rate"), adam[0], adam[1], adam[2], 0);
            _options = new PpoOptions
            {
                Gamma = Option("gamma"), Lambda = Option("lambda"), ClipLow = Option("clip"), ClipHigh = Option("clip"), ValueClip = Option("value_clip"),
                ValueCoefficient = Option("vf_coef"), UnbiasedVariance = !o.GetProperty("whiten_biased").GetBoolean(), MissingEnd = MissingEnd.Keep,
            };
        }

        public void Update(JsonElement wanted)
        {
            int number = wanted.GetProperty("update").GetInt32();
            (PpoRollout rollout, int[] prefixes, int[] tokens) = Sample(number);
            var experience = new PpoExperience(rollout, _beta, _options);
            AssertExact(wanted, "mean_score", rollout.Scores.Average());
            AssertExact(wanted, "mean_sampled_kl", experience.MeanKl);
            PpoMinibatch batch = experience.Select([.. Enumerable.Range(0, _batch)]);
            foreach (JsonElement epoch in wanted.GetProperty("epochs_policy_loss_value_loss_approxkl_clipfrac_ratio").EnumerateArray())
            {
                PpoStatistics found = Pass(batch, prefixes, tokens);
                Close.All(ObjectiveCase.Flat(epoch), [found.Policy.Loss, found.Value.PlainLoss, found.Policy.ApproxKl, found.Policy.ClipFraction, found.Policy.Ratio], Tolerance, $"update {number}");
            }
            (double reward, double kl, double j) = Exact();
            AssertExact(wanted, "exact_expected_reward_after", reward);
            AssertExact(wanted, "exact_kl_after", kl);
            AssertExact(wanted, "exact_J_after", j);
            if (number + 1 is 1 or 5)
            {
                Close.All(_arrays.Read<double>($"theta_after_{number + 1}"), _policy.Logits, Tolerance, "theta");
                Close.All(_arrays.Read<double>($"value_after_{number + 1}"), _policy.Values, Tolerance, "values");
            }
        }

        public void AssertFinal()
        {
            Close.All(_arrays.Read<double>("theta_final"), _policy.Logits, Tolerance, "theta");
            Close.All(_arrays.Read<double>("value_final"), _policy.Values, Tolerance, "values");
        }

        /// <summary>E[r], KL and J = E[r] − β KL over all sequences.</summary>
        public (double Reward, double Kl, double J) Exact() => Exact(_policy.SequenceLogProbs());

        /// <summary>The same for π* ∝ π_ref e^{r/β}.</summary>
        public (double Reward, double Kl, double J) Optimum()
        {
            double[] tilted = [.. _reference.SequenceLogProbs().Select((l, s) => l + (_rewards[s] / _beta))];
            double max = tilted.Max(), log = max + Math.Log(tilted.Sum(l => Math.Exp(l - max)));
            return Exact([.. tilted.Select(l => l - log)]);
        }

        public void AssertExact(JsonElement wanted, string name, double found) =>
            Close.All([wanted.GetProperty(name).GetDouble()], [found], Tolerance, name);

        private (double Reward, double Kl, double J) Exact(double[] logP)
        {
            double[] reference = _reference.SequenceLogProbs();
            double reward = logP.Select((l, s) => Math.Exp(l) * _rewards[s]).Sum(), kl = logP.Select((l, s) => Math.Exp(l) * (l - reference[s])).Sum();
            return (reward, kl, reward - (_beta * kl));
        }

        private (PpoRollout Rollout, int[] Prefixes, int[] Tokens) Sample(int update)
        {
            int T = _batch * _length;
            int[] prefixes = new int[T], tokens = new int[T];
            for (int t = 0; t < T; t++)
            {
                int start = t / _length * _length;
                prefixes[t] = _policy.Prefix(tokens.AsSpan(start, t - start));
                tokens[t] = _policy.Draw(prefixes[t], _uniforms[(update * T) + t]);
                Assert.Equal(_samples[(update * T) + t], tokens[t]);
            }
            return (new PpoRollout
            {
                RowStarts = [.. Enumerable.Range(0, _batch + 1).Select(b => b * _length)],
                Mask = [.. tokens.Select(_ => true)],
                LogProb = [.. tokens.Select((token, t) => _policy.LogProbs(prefixes[t])[token])],
                Reference = [.. tokens.Select((token, t) => _reference.LogProbs(prefixes[t])[token])],
                Values = [.. prefixes.Select(prefix => _policy.Values[prefix])],
                Scores = [.. tokens.Chunk(_length).Select(sequence => _rewards[_policy.Sequence(sequence)])],
                Ended = [.. Enumerable.Range(0, _batch).Select(_ => true)],
            }, prefixes, tokens);
        }

        private PpoStatistics Pass(PpoMinibatch batch, int[] prefixes, int[] tokens)
        {
            int T = tokens.Length;
            double[] logProb = [.. tokens.Select((token, t) => _policy.LogProbs(prefixes[t])[token])], values = [.. prefixes.Select(p => _policy.Values[p])];
            double[] dLogProb = new double[T], dValues = new double[T], dLogits = new double[_policy.Logits.Length], dTable = new double[_policy.Values.Length];
            PpoStatistics found = PpoLoss.Evaluate(batch, logProb, values, [], _options, T, new PpoGradients { LogProb = dLogProb, Values = dValues });
            for (int t = 0; t < T; t++)
            {
                double[] row = _policy.LogProbs(prefixes[t]);
                dTable[prefixes[t]] += dValues[t];
                for (int v = 0; v < _vocabulary; v++)
                {
                    dLogits[(prefixes[t] * _vocabulary) + v] += dLogProb[t] * ((v == tokens[t] ? 1 : 0) - Math.Exp(row[v]));
                }
            }
            _adam.Step(double.PositiveInfinity, (_policy.Logits, dLogits), (_policy.Values, dTable));
            return found;
        }
    }
}
