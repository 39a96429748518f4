namespace MicroChat.Proofs.Mutation;

/// <summary>Mistakes in rows, reward models, DPO, KTO and supervised losses.</summary>
internal static class PreferenceMutants
{
    private const string Objectives = "src/MicroChat.Training/Objectives/", Stages = "src/MicroChat.Training/Stages/", Preferences = "src/MicroChat.Training/Preferences/";
    private const string Rows = Preferences + "ReplyBatch.cs", Direct = Objectives + "DirectPreference.cs", Thumbs = Objectives + "KahnemanTversky.cs";
    private const string Theory = "Proofs.DirectTheoryTests.", DpoTheory = Theory + "Dpo_on_many_pairs_reaches_the_optimum_and_on_few_does_not", KtoTheory = Theory + "Balanced_weights_earn_more_where_one_kind_of_thumb_is_rare";
    private const string Invariance = "Proofs.BatchInvarianceTests.", GoldenDpo = "Objectives.DirectObjectiveTests.Direct_preferences_equal_the_reference", GoldenKto = "Objectives.DirectObjectiveTests.Thumbs_to_a_policy_equal_the_reference";
    private const string Batch = "Preferences.PreferenceSetTests.A_batch_reads_rewards_at_the_end_of_turn_and_weighs_prompts_the_same";

    public static IReadOnlyList<Mutant> All { get; } =
    [
        new("reward-position", "the reward is read one token before the end of the reply", [new(Rows, "end => end - 1);", "end => end - 2);")], [Batch]),
        new("reward-pad-side", "the reward is read where the row begins", [new(Rows, "Ends = Array.ConvertAll(starts[1..], end => end - 1);", "Ends = starts[..^1];")], [Batch, "Training.RewardRunTests.A_reward_model_learns_the_planted_preference_and_the_controls_stay_at_chance"]),
        new("prompt-unmasked", "the prompt's tokens count as the reply's", [new(Rows, "starts[b] + rows[b].PromptTokens, rows[b].ReplyTokens).Fill(true);", "starts[b], rows[b].Ids.Length).Fill(true);")],
            ["Preferences.PreferenceSetTests.Actions_predict_the_replys_tokens_and_nothing_of_the_prompt"]),
        new("end-unmasked", "the end of the turn is not learned", [new(Rows, "rows[b].ReplyTokens).Fill(true);", "rows[b].ReplyTokens - 1).Fill(true);")],
            ["Preferences.PreferenceSetTests.Actions_predict_the_replys_tokens_and_nothing_of_the_prompt"]),
        new("wrong-column", "the rejected reply is read as the chosen one", [new("src/MicroChat.Training/Data/PreferenceParsers.cs", "TurnFields.ReplyTextOrTurn(row, \"chosen\"), TurnFields.ReplyTextOrTurn(row, \"rejected\"))));", "TurnFields.ReplyTextOrTurn(row, \"rejected\"), TurnFields.ReplyTextOrTurn(row, \"chosen\"))));")],
            ["Data.PreferenceReaderTests.A_pair_reads_the_same_from_every_layout"]),
        new("label-turned", "a thumb up is read as a thumb down", [new("src/MicroChat.Training/Data/PreferenceParsers.cs", "JsonValueKind.True => 1,\n        JsonValueKind.False => 0,", "JsonValueKind.True => 0,\n        JsonValueKind.False => 1,")],
            ["Preferences.PreferenceSetTests.A_thumb_reads_from_every_layout"]),
        new("reward-pair-turned", "a reward model learns its comparisons the wrong way round", [new(Rows, "new RewardPair(start + pair.Better, start + pair.Worse)", "new RewardPair(start + pair.Worse, start + pair.Better)")],
            [Batch, "Training.RewardRunTests.A_reward_model_learns_the_planted_preference_and_the_controls_stay_at_chance"]),
        new("pair-weight", "a prompt weighs as many times as it has comparisons", [new(Rows, "pair.Weight / (meanWeight * group.Comparisons.Count * prompts)", "pair.Weight / (meanWeight * prompts)")], [Batch]),
        new("ranking-shuffled", "the comparisons of a ranking are not divided by their number", [new(Objectives + "RankedReplies.cs", "1.0 / ((double)Untied(ranks[start..end]) * prompts)", "1.0 / prompts")],
            ["Objectives.RewardObjectiveTests.Rankings_equal_the_reference", "Objectives.RewardObjectiveTests.Rankings_of_five_replies_start_at_ln_2_with_known_slopes"]),
        new("margin-sign", "a margin makes the task easier", [new(Objectives + "BradleyTerry.cs", "chosen - rejected - pair.Margin", "chosen - rejected + pair.Margin")], ["Objectives.RewardObjectiveTests.Pairs_equal_the_reference"]),
        new("severity-sign", "a severe rater counts as a mild one", [new(Objectives + "RatedReplies.cs", "(a * s) - severities[thumb.Rater]", "(a * s) + severities[thumb.Rater]")], ["Objectives.RewardObjectiveTests.Thumbs_equal_the_reference"]),
        new("dpo-turned", "DPO learns its pairs the wrong way round", [new(Stages + "DpoTask.cs", "Rows => [Better, Worse];", "Rows => [Worse, Better];")], [DpoTheory]),
        new("dpo-mean", "DPO with the mean log-probability of a reply in place of the sum", [new(Direct, "bool means = options.Loss is DirectPreferenceLoss.Ipo or DirectPreferenceLoss.SigmoidNormalised;", "bool means = true;")], [GoldenDpo]),
        new("dpo-no-reference", "DPO without a reference", [new(Stages + "PolicyScores.cs", "Reference = model.ReferenceLogProb(Batch.Tokens);", "Reference = new double[Batch.Tokens.Tokens];")], ["Training.PolicyRunTests.Dpo_begins_at_ln_2_and_raises_the_margin_of_the_chosen_replies"]),
        new("dpo-smoothing", "label smoothing is not used", [new(Direct, "BradleyTerry.SoftLoss(z, 1 - e), -beta * (((1 - e) * wrong) - (e * right))", "BradleyTerry.SoftLoss(z, 1), -beta * wrong")], [GoldenDpo, "Objectives.DirectObjectiveTests.Smoothing_is_used_or_refused_and_never_passed_over"]),
        new("dpo-micro-batch", "DPO divides by the pairs of the micro-batch", [new(Stages + "DpoTask.cs", "options.Loss, count, slopes);", "options.Loss, items.Count, slopes);")], [Invariance + "Dpo_and_kto_do_not_depend_on_micro_batches"]),
        new("kto-unbalanced", "balanced weights are all 1", [new(Thumbs, "UpWeight = Math.Min(1, downs / ups), DownWeight = Math.Min(1, ups / downs)", "UpWeight = 1, DownWeight = 1")],
            ["Objectives.DirectObjectiveTests.Balanced_weights_make_both_classes_count_the_same", KtoTheory]),
        new("kto-stage-unbalanced", "the stage does not use the balanced weights", [new(Stages + "Kto.cs", "options.Balanced ? KahnemanTversky.Balanced(options.Kto, WeightOf(training, up: true), WeightOf(training, up: false)) : options.Kto", "options.Kto")], ["Training.PolicyRunTests.A_rare_kind_of_thumb_weighs_more"]),
        new("kto-weights-swapped", "liked replies weigh as disliked ones and the other way round", [new(Thumbs, "weight = share * (up[b] ? options.UpWeight : options.DownWeight)", "weight = share * (up[b] ? options.DownWeight : options.UpWeight)")], [GoldenKto, "Objectives.ThumbWeightTests.Liked_and_disliked_replies_weigh_by_their_own_weights"]),
        new("kto-thumb-weights", "KTO passes over the weights of single thumbs", [new(Thumbs, "(weights.IsEmpty ? 1 : weights[b]) / count, sign", "1.0 / count, sign")], ["Objectives.DirectObjectiveTests.Slopes_of_weighted_thumbs_and_pairs_equal_differences_and_a_weight_of_2_is_the_example_twice"]),
        new("pair-weights", "judgements of pairs count all alike", [new(Preferences + "PreferenceGroup.cs", "votes.ForFirst + (pair.Weight * forFirst)", "votes.ForFirst + forFirst")], ["Preferences.PreferenceSetTests.Judgements_count_by_their_weights_and_together_no_more_than_one"]),
        new("kto-own-prompt", "KTO's reference point is taken on each reply's own prompt", [new(Thumbs, "(i + examples - 1) % examples", "i")], ["Objectives.DirectObjectiveTests.No_reply_stands_after_its_own_prompt"]),
        new("kto-negative-point", "KTO's reference point may be below 0", [new(Thumbs, "Math.Max(0, sum / logRatios.Length)", "sum / logRatios.Length")], [GoldenKto, "Objectives.DirectObjectiveTests.No_reply_stands_after_its_own_prompt"]),
        new("kto-micro-batch", "KTO divides by the replies of the micro-batch", [new(Stages + "KtoTask.cs", "_point, options.Kto, count, slopes);", "_point, options.Kto, items.Count, slopes);")], [Invariance + "Dpo_and_kto_do_not_depend_on_micro_batches"]),
        new("reward-micro-batch", "a reward model divides by the prompts of the micro-batch", [new(Stages + "RewardTask.cs", "RewardBatch.Of(micro, count, _meanWeight)", "RewardBatch.Of(micro, micro.Count, _meanWeight)")], [Invariance + "A_reward_model_does_not_depend_on_micro_batches"]),
        new("sft-micro-batch", "every micro-batch of text divides by its own tokens", [new(Stages + "LanguageModelTrainer.cs", "Array.Fill(dLogProb, -1f / counted);", "Array.Fill(dLogProb, -1f / batch.TargetCount);")], ["Training.LanguageModelRunTests.Every_counted_token_of_an_update_weighs_the_same_whatever_batch_it_came_in"]),
    ];
}
