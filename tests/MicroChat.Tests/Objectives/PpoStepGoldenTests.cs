using System.Text.Json;
using MicroChat.Training.Objectives;

namespace MicroChat.Tests.Objectives;

/// <summary>A whole update of PPO on a linear policy: rollout quantities, every minibatch of every pass, and the parameters after each.</summary>
public sealed class PpoStepGoldenTests
{
    private const double Tolerance = 1e-9;

    [Theory]
    [Trait("Category", Golden.Category)]
    [MemberData(nameof(ObjectiveCase.Of), "ppo_step", MemberType = typeof(ObjectiveCase))]
    public void A_whole_update_equals_the_reference(string file, string id)
    {
        var c = ObjectiveCase.Read(file, id);
        PpoOptions options = PpoObjectiveTests.Options(c);
        double[] x = c.Input("features");
        int[] actions = c.Ints("actions");
        int features = x.Length / actions.Length;
        double temperature = c.Option("temperature", 1);
        LinearPolicy policy = Read(c.Inputs.GetProperty("parameters"), features), reference = Read(c.Inputs.GetProperty("reference_parameters"), features);
        var rollout = new PpoRollout
        {
            RowStarts = c.RowStarts("mask"), Mask = c.Flags("mask"), Scores = c.Input("score"), Ended = c.Flags("ended"), Values = policy.Values(x),
            LogProb = policy.Score(x, actions, temperature).LogProb, Reference = reference.Score(x, actions, temperature).LogProb,
        };
        double beta = c.Option("beta", 0);
        var experience = new PpoExperience(rollout, beta, options);
        AssertRollout(c, experience);
        double[] betas = [.. Array.ConvertAll(c.Options.GetProperty("adam_betas").EnumerateArray().ToArray(), b => b.GetDouble())];
        var adam = new DoubleAdam(c.Option("lr", 0), betas[0], betas[1], c.Option("adam_eps", 0), c.Option("weight_decay", 0));
        foreach (JsonElement step in c.Expected.GetProperty("steps").EnumerateArray())
        {
            Update(c, step, experience, options, policy, adam, x, actions);
        }
        AssertBeta(c, beta, experience);
    }

    private static void Update(ObjectiveCase c, JsonElement step, PpoExperience experience, PpoOptions options, LinearPolicy policy, DoubleAdam adam, double[] x, int[] actions)
    {
        int[] rows = Array.ConvertAll(ObjectiveCase.Flat(step.GetProperty("rows")), r => (int)r);
        int width = experience.Rollout.RowStarts[1], features = x.Length / actions.Length, V = policy.B.Length;
        double temperature = c.Option("temperature", 1);
        double[] px = [.. rows.SelectMany(r => x.AsSpan(r * width * features, width * features).ToArray())];
        int[] pa = [.. rows.SelectMany(r => actions.AsSpan(r * width, width).ToArray())];
        (double[] logProb, double[] entropy) = policy.Score(px, pa, temperature);
        double[] dLogProb = new double[pa.Length], dEntropy = new double[pa.Length], dValues = new double[pa.Length];
        PpoMinibatch batch = experience.Select(rows);
        PpoStatistics found = PpoLoss.Evaluate(batch, logProb, policy.Values(px), entropy, options, batch.Actions,
            new PpoGradients { LogProb = dLogProb, Values = dValues, Entropy = dEntropy });
        var gradient = new LinearPolicy(features, V);
        policy.Backward(px, pa, temperature, dLogProb, dEntropy, dValues, gradient);
        double total = found.Total + Pretraining(c, step, options, policy, gradient, features);
        AssertStep(step, found, total, dLogProb, dValues);
        AssertParameters(step.GetProperty("grad"), gradient, "grad");
        double norm = adam.Step(c.Option("max_grad_norm", double.PositiveInfinity), policy.With(gradient));
        Same(step, "grad_norm_before_clip", norm);
        AssertParameters(step.GetProperty("parameters_after"), policy, "parameters_after");
    }

    private static double Pretraining(ObjectiveCase c, JsonElement step, PpoOptions options, LinearPolicy policy, LinearPolicy gradient, int features)
    {
        if (!c.Inputs.TryGetProperty("ptx", out JsonElement ptx))
        {
            return 0;
        }
        double[] x = ObjectiveCase.Flat(ptx.GetProperty("x"));
        int[] targets = Array.ConvertAll(ObjectiveCase.Flat(ptx.GetProperty("targets")), t => (int)t);
        bool[] mask = Array.ConvertAll(targets, _ => true);
        double[] d = new double[targets.Length];
        double loss = PpoLoss.Pretraining(policy.Score(x, targets, 1).LogProb, mask, options.PretrainingCoefficient, targets.Length, d);
        policy.Backward(x, targets, 1, d, [], [], gradient);
        Same(step, "ptx_loss", loss);
        return options.PretrainingCoefficient * loss;
    }

    private static void AssertRollout(ObjectiveCase c, PpoExperience found)
    {
        bool[] mask = found.Rollout.Mask;
        double[] Masked(double[] values) => [.. values.Select((value, t) => mask[t] ? value : 0)];
        foreach ((string name, double[] values) in new[]
        {
            ("logp_old", found.Rollout.LogProb), ("logp_ref", found.Rollout.Reference), ("values_old", found.Rollout.Values), ("non_score_reward", found.NonScore),
            ("rewards", found.Rewards), ("returns", found.Returns), ("advantages", found.Advantages),
        })
        {
            Close.All(Masked(c.Wanted(name)), Masked(values), Tolerance, name);
        }
        Close.All(c.Wanted("score_used"), found.Scores, Tolerance, "score_used");
        Close.All(c.Wanted("mean_kl"), [found.MeanKl], Tolerance, "mean_kl");
    }

    private static void AssertStep(JsonElement step, PpoStatistics found, double total, double[] dLogProb, double[] dValues)
    {
        Same(step, "policy_loss", found.Policy.Loss);
        Same(step, "value_loss", found.Value.PlainLoss);
        Same(step, "entropy", found.Entropy);
        Same(step, "total_loss", total);
        Same(step, "approxkl", found.Policy.ApproxKl);
        Same(step, "clipfrac", found.Policy.ClipFraction);
        Same(step, "value_clipfrac", found.Value.ClipFraction);
        Same(step, "ratio_mean", found.Policy.Ratio);
        Same(step, "dlogp", dLogProb);
        Same(step, "dvalues", dValues);
    }

    private static void AssertParameters(JsonElement wanted, LinearPolicy found, string what)
    {
        foreach ((string name, double[] values) in new[] { ("W", found.W), ("b", found.B), ("w_v", found.ValueW), ("b_v", found.ValueB) })
        {
            Close.All(ObjectiveCase.Flat(wanted.GetProperty(name)), values, Tolerance, $"{what}.{name}");
        }
    }

    private static void AssertBeta(ObjectiveCase c, double beta, PpoExperience experience)
    {
        var options = new KlCoefficientOptions { Initial = beta };
        if (c.Options.TryGetProperty("adaptive_kl", out JsonElement adaptive))
        {
            options = options with { Target = adaptive.GetProperty("target").GetDouble(), HorizonReplies = adaptive.GetProperty("horizon").GetDouble() };
        }
        Close.All(c.Wanted("beta_after"), [KlCoefficient.Next(beta, experience.MeanKl, experience.Kl.Length, options)], Tolerance, "beta_after");
    }

    private static void Same(JsonElement step, string name, params ReadOnlySpan<double> found) =>
        Close.All(ObjectiveCase.Flat(step.GetProperty(name)), found, Tolerance, $"{name} of pass {step.GetProperty("epoch")}, minibatch {step.GetProperty("minibatch")}");

    private static LinearPolicy Read(JsonElement parameters, int features)
    {
        double[] b = ObjectiveCase.Flat(parameters.GetProperty("b"));
        bool values = parameters.TryGetProperty("w_v", out JsonElement weight);
        return new LinearPolicy(features, b.Length)
        {
            W = ObjectiveCase.Flat(parameters.GetProperty("W")), B = b,
            ValueW = values ? ObjectiveCase.Flat(weight) : new double[features], ValueB = values ? ObjectiveCase.Flat(parameters.GetProperty("b_v")) : new double[1],
        };
    }
}
