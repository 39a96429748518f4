namespace MicroChat.Proofs.Mutation;

/// <summary>Mistakes in PPO: those whose effect on the optimum was measured elsewhere, and those of other implementations.</summary>
internal static class PpoMutants
{
    private const string Objectives = "src/MicroChat.Training/Objectives/", Stages = "src/MicroChat.Training/Stages/", Rollouts = "src/MicroChat.Training/Rollouts/";
    private const string Rewards = Objectives + "PpoRewards.cs", Gae = Objectives + "AdvantageEstimation.cs", Trainer = Stages + "Ppo.cs", Generator = Rollouts + "RolloutGenerator.cs";
    private const string Kl = "KlEstimate.Of(logProb[t], reference[t], options.KlInReward)";
    private const string NewSampler = "new Sampler(sampling, _decoder";
    private const string GoldenRewards = "Objectives.PpoObjectiveTests.Rewards_equal_the_reference", Ratio1 = "Rollouts.PpoGuardTests.Before_a_steps_first_update_every_ratio_is_1_and_nothing_is_clipped";
    private const string HandMadeGae = "Proofs.FixtureTests.Advantages_and_returns_of_hand_made_rows_are_found", Distribution = "Proofs.RolloutTests.Replies_come_as_often_as_the_policy_in_training_says";
    private const string WholeStep = "Objectives.PpoStepGoldenTests.A_whole_update_equals_the_reference";

    /// <summary>The trainer measures what it has sampled once more, and takes that for what was sampled.</summary>
    private static readonly Edit s_trustsItself = new(
        Trainer, "Precision.Widen(replies[b].LogProbs).CopyTo(rollout.LogProb, starts[b] + replies[b].Row.PromptTokens - 1);", "now.AsSpan(starts[b]..starts[b + 1]).CopyTo(rollout.LogProb.AsSpan(starts[b]));");

    public static IReadOnlyList<Mutant> All { get; } =
    [
        new("score-first", "the score is paid to the first token", [new(Rewards, "last = mask[t] ? t : last;", "last = mask[t] && last < 0 ? t : last;")],
            [Mutants.Optimum, "Objectives.PpoObjectiveTests.The_score_lands_on_the_last_action_and_never_behind_it"]),
        new("score-behind", "the score is paid one position behind the last action, on padding", [new(Rewards, "rewards[last] += scores[b];", "rewards[Math.Min(last + 1, rowStarts[b + 1] - 1)] += scores[b];")],
            ["Objectives.PpoObjectiveTests.The_score_lands_on_the_last_action_and_never_behind_it"]),
        new("no-bootstrap", "GAE without the next value", [new(Gae, "rewards[t] + (gamma * nextValue) - values[t]", "rewards[t] - values[t]")], [Mutants.Optimum, HandMadeGae]),
        new("gae-off-by-one", "GAE takes the value after the next", [new(Gae, "nextValue = values[t];\n                returns[t] = nextAdvantage + nextValue;", "returns[t] = nextAdvantage + values[t];\n                nextValue = t + 1 < rowStarts[b + 1] && mask[t + 1] ? values[t + 1] : 0;")],
            [Mutants.Optimum, HandMadeGae]),
        new("kl-sign", "the cost of divergence is a bonus", [new(Rewards, "mask[t] ? -beta *", "mask[t] ? beta *")], [Mutants.Optimum, GoldenRewards]),
        new("kl-dropped", "divergence costs nothing", [new(Rewards, "mask[t] ? -beta *", "mask[t] ? 0 *")], [Mutants.Optimum, GoldenRewards]),
        new("reference-drifts", "the reference is the policy itself (all weights learn)", [new(Stages + "PpoRoles.cs", "_copy = Copy(weights);\n            Frozen = Backend.NewTrainable(_copy,", "Frozen = Backend.NewTrainable(weights,")],
            [Mutants.Optimum, "Rollouts.PpoGuardTests.The_reference_stays_what_the_policy_began_as"]),
        new("reference-adapter", "the reference keeps the policy's adapter on", [new(Stages + "PpoRoles.cs", "Policy.Adapter = null;", "Policy.Adapter = Adapter;")],
            ["Rollouts.PpoOptimumThroughDecoderTests.An_adapter_closes_it_too_with_the_base_as_its_reference", "Rollouts.PpoGuardTests.The_reference_stays_what_the_policy_began_as"]),
        new("top-k", "replies are sampled with top-k 2 behind the trainer's back", [new(Generator, NewSampler, "new Sampler(sampling with { TopK = 2 }, _decoder")], [Ratio1]),
        new("top-k-untruncated", "the same, and the log-probabilities are those of the whole distribution", [new(Generator, NewSampler, "new Sampler(sampling with { TopK = 2 }, _decoder"), s_trustsItself],
            [Mutants.Optimum, Distribution]),
        new("k3-reward", "k3 in the reward", [new(Rewards, Kl, "KlEstimate.Of(logProb[t], reference[t], KlEstimator.K3)")], [Mutants.Optimum, GoldenRewards]),
        new("k3-inverted", "k3 in the reward with its ratio the wrong way round", [new(Rewards, Kl, "KlEstimate.Of(reference[t], logProb[t], KlEstimator.K3)")], [Mutants.Optimum, GoldenRewards]),
        new("k3-formula", "k3 has its ratio the wrong way round wherever it is used", [new(Objectives + "KlEstimate.cs", "Math.Min(-delta, LargestExponent)", "Math.Min(delta, LargestExponent)")],
            ["Proofs.FixtureTests.Divergence_estimators_have_the_published_bias_and_spread", "Proofs.FixtureTests.Over_a_whole_distribution_k1_and_k3_are_the_divergence"]),
        new("temperature", "replies are sampled at .7 and trained at 1", [new(Trainer, "roles.Frozen.Temperature = roles.Policy.Temperature = (float)_temperature;", "roles.Frozen.Temperature = roles.Policy.Temperature = 1;")], [Ratio1, Distribution]),
        new("temperature-trusted", "replies are sampled at .7, and trained at 1 with log-probabilities at 1", [new(Generator, NewSampler, "new Sampler(sampling with { Temperature = 0.7 }, _decoder"), s_trustsItself],
            [Mutants.Optimum, Distribution]),
        new("clip-min", "the smaller of plain and clipped loss", [new(Objectives + "PpoPolicyLoss.cs", "loss = Math.Max(plain, clipped);", "loss = Math.Min(plain, clipped);"), new(Objectives + "PpoPolicyLoss.cs", "slope = clipped > plain", "slope = clipped < plain")],
            [Mutants.Optimum, "Objectives.PpoObjectiveTests.Policy_losses_equal_the_reference"]),
        new("clip-slope", "the clip bounds the loss but not its slope", [new(Objectives + "PpoPolicyLoss.cs", "slope = clipped > plain || given", "slope = given")], ["Objectives.PpoObjectiveTests.Slopes_of_policy_and_value_equal_differences"]),
        new("value-clip-min", "the smaller of plain and clipped value error", [new(Objectives + "PpoValueLoss.cs", "loss = share * Math.Max(error, boundedError) / 2;", "loss = share * Math.Min(error, boundedError) / 2;"), new(Objectives + "PpoValueLoss.cs", "bool holds = boundedError > error;", "bool holds = boundedError < error;")],
            ["Objectives.PpoObjectiveTests.Value_losses_equal_the_reference"]),
        new("value-untrained", "the value head gets no gradient", [new(Trainer, "Precision.Narrow(slopes.Entropy), Precision.Narrow(slopes.Values));", "Precision.Narrow(slopes.Entropy), new float[T]);")], [Mutants.Optimum, "Proofs.RolloutTests.The_value_head_learns_what_replies_will_earn"]),
        new("returns-values", "returns are the values themselves", [new(Gae, "returns[t] = nextAdvantage + nextValue;", "returns[t] = nextValue;")], [HandMadeGae]),
        new("ratio-1", "old log-probabilities are taken anew in every pass", [new(Objectives + "PpoLoss.cs", "PpoPolicyLoss.Evaluate(logProb, batch.OldLogProb,", "PpoPolicyLoss.Evaluate(logProb, logProb,")], [WholeStep]),
        new("missing-end-kept", "a reply that was cut off keeps its score", [new(Rewards, "double kept = ended ? score :", "double kept = ended || score < double.MaxValue ? score :")],
            ["Objectives.PpoObjectiveTests.A_reply_without_end_is_penalised", "Proofs.RolloutTests.A_reply_that_was_cut_off_is_paid_the_penalty"]),
        new("cut-is-ended", "a reply that was cut off counts as ended", [new(Generator, "_logProbs[..(_length - _promptTokens)], _ended);", "_logProbs[..(_length - _promptTokens)], true);")], ["Proofs.RolloutTests.A_reply_that_was_cut_off_is_paid_the_penalty"]),
        new("whitening-padding", "advantages are whitened over prompts and padding too", [new(Objectives + "PpoExperience.cs", "Whitening.Apply(Advantages, rollout.Mask,", "Whitening.Apply(Advantages, Array.ConvertAll(rollout.Mask, _ => true),")],
            [WholeStep, "Objectives.PpoObjectiveTests.The_first_pass_has_ratio_1_and_a_policy_loss_of_about_0"]),
        new("moments-padding", "the mean counts masked values", [new(Objectives + "Whitening.cs", "sum += mask[t] ? x[t] : 0;", "sum += x[t];")], ["Proofs.FixtureTests.Masked_statistics_are_the_published_ones", "Objectives.TokenObjectiveTests.Whitening_equals_the_reference"]),
        new("variance-unbiased", "whitening divides by n − 1 where n is meant", [new(Objectives + "Whitening.cs", "unbiased ? count - 1 : count", "unbiased ? count : count - 1")], ["Proofs.FixtureTests.Masked_statistics_are_the_published_ones", WholeStep]),
        new("not-whitened", "advantages are not whitened", [new(Objectives + "PpoExperience.cs", "if (options.WhitenAdvantages)", "if (options.WhitenAdvantages && T < 0)")], [WholeStep]),
        new("micro-batch-mean", "every micro-batch divides by its own tokens, not by those of the update", [new(Trainer, "options.Objective, actions, slopes);", "options.Objective, batch.Tokens.TargetCount, slopes);")],
            ["Rollouts.PpoGuardTests.Micro_batches_and_replies_at_once_do_not_change_a_step"]),
        new("controller-sign", "the controller lowers β when the divergence is too large", [new(Objectives + "KlCoefficient.cs", "(kl / target) - 1", "1 - (kl / target)")], ["Objectives.TokenObjectiveTests.The_controller_moves_towards_its_target"]),
        new("moments-lost", "a resumed run begins with fresh second moments", [new(Stages + "TrainingCheckpoint.cs", "WeightFiles.Restore(Path.Combine(folder, OptimizerFile), prefix + SecondPrefix, optimizer.Second);\n", "")],
            ["Rollouts.PpoStageTests.A_run_that_was_stopped_and_goes_on_ends_with_the_same_bits"]),
        new("beta-lost", "a resumed run begins with the first β", [new(Trainer, "State = state;", "State = state with { Beta = State.Beta };")], ["Rollouts.PpoStageTests.A_run_that_was_stopped_and_goes_on_ends_with_the_same_bits"]),
        new("mix-temperature", "pretraining text is learned at the rollouts' temperature", [new(Trainer, "roles.Policy.Temperature = 1;", "roles.Policy.Temperature = (float)_temperature;")], ["Proofs.RolloutTests.Pretraining_text_is_learned_at_temperature_1"]),
        new("adapter-unsampled", "replies are sampled without the adapter", [new(Generator, "cache.Adapter = adapter;", "cache.Adapter = null;")], [Ratio1]),
        new("cache-position", "positions after the prompt are one too far while sampling", [new("src/MicroChat.Model/Decoding/Decoder.cs", "_past[b] = caches[b].Seen;", "_past[b] = caches[b].Seen + (caches[b].Seen > 0 ? 1 : 0);")], [Ratio1]),
    ];
}
