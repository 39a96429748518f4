using MicroChat.Kernels;
using MicroChat.Model.Decoding;
using MicroChat.Proofs.RandomWalks;
using MicroChat.Training;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Training;

public sealed class LabelSmoothingTests
{
    /// <summary>The smoothed loss is least at p(target) = 1 − e + e / V.</summary>
    [Theory]
    [InlineData(0.0, 0.99, 1.0)]
    [InlineData(0.2, 0.78, 0.84)]
    public void A_model_gets_as_sure_as_its_labels_are(double smoothing, double least, double most)
    {
        using var crew = new Crew(1);
        using var weights = new ParameterBlock(WalkRun.Shape);
        WeightInitializer.Initialize(weights, seed: 2);
        using var decoder = new TrainableDecoder(weights, crew);
        var options = new LanguageModelOptions
        {
            Steps = 200, MicroBatchesPerStep = 1, LabelSmoothing = smoothing, Schedule = new LearningRateSchedule { Peak = 1e-2, WarmupSteps = 5, DecaySteps = 195 },
            Optimizer = new OptimizerOptions { WeightDecay = 0 },
        };
        var source = new WalkSource([[1, 2, 3, 4, 5, 6]], rowsPerBatch: 1, seed: 1);
        var trainer = new LanguageModelTrainer(decoder, source, options);
        for (long i = 0; i < options.Steps; i++)
        {
            trainer.RunStep();
        }
        double mean = decoder.Score(source.Next(), null, entropy: false).LogProb[..5].ToArray().Average(l => Math.Exp(l));
        Assert.InRange(mean, least, most);
    }

    [Fact]
    public void Shares_that_are_none_are_refused()
    {
        var options = new LanguageModelOptions { Steps = 1, Schedule = new LearningRateSchedule { Peak = 1e-3 } };
        Assert.Empty(options.Validate());
        Assert.Contains("label smoothing", Assert.Single((options with { LabelSmoothing = 1 }).Validate()));
        Assert.Contains("z-loss", Assert.Single((options with { ZLoss = double.NaN }).Validate()));
    }
}
