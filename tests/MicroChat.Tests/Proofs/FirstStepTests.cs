using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Tests.Training;
using MicroChat.Training.Preferences;
using MicroChat.Training.Reports;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Proofs;

/// <summary>
/// What the first update of each stage must show whatever the data. PPO's identities (ratio 1, no clip, policy loss 0) are in PpoGuardTests, DPO's
/// ln 2 and KTO's ½ in DirectTheoryTests.
/// </summary>
public sealed class FirstStepTests
{
    [Fact]
    public void A_fresh_language_model_is_as_wrong_as_guessing()
    {
        using var tiny = new TinyRun();
        string model = Pretrain.Run(tiny.Pretraining("base", 1), TinyRun.Context(TextWriter.Null), default).Model!;
        double guessing = Math.Log(MicroChat.Model.Checkpoints.DecoderConfigReader.Read(model).VocabularySize);
        double found = MetricsLog.Read(Path.Combine(tiny.Folder, "base", MetricsLog.FileName)).First(row => row.Values.ContainsKey(Metrics.Loss)).Values[Metrics.Loss];
        Assert.InRange(found, guessing - 0.1, guessing + 0.1);
    }

    [Fact]
    public void A_reward_model_with_a_head_of_zeros_begins_at_ln_2()
    {
        using var tiny = new PreferenceTinyRun(pairs: 1);
        using var crew = new Crew(1);
        using var model = new TunedModel(new TuningPlan(tiny.Model, Checkpoint: null, new LoraOptions { Rank = 2 }, Scored: true, Recompute: false, Seed: 1), crew);
        model.Head!.Weight.Clear();
        EncodedReply Row(params int[] ids) => new(ids, 2);
        EncodedGroup[] groups =
        [
            new(1, [Row(1, 2, 3), Row(1, 2, 4, 5)], [new Judgement(0, 1, 1, 0)]),
            new(2, [Row(7, 2, 3, 3), Row(7, 2, 9), Row(7, 2, 8, 1)], [new Judgement(2, 1, 1, 0), new Judgement(0, 1, 1, 0)]),
        ];
        EncodedThumb[] thumbs = [new(3, Row(1, 5, 6), 1, 0, 1), new(4, Row(1, 5, 7), 0, 0, 1)];
        var task = new RewardTask(model, new PreferenceRows(groups, [], thumbs, [], [""], []), new RewardOptions { Model = tiny.Model, Data = [], OutFolder = "" });
        Assert.Equal(Math.Log(2), task.Accumulate([0, 1, 2, 3]).Values[Metrics.Loss], 1e-12);
    }
}
