using System.CommandLine;
using MicroChat.Training.Stages;

namespace MicroChat.Verbs;

/// <summary><c>train sft</c>: a pretrained model learns to answer.</summary>
internal static class SftVerb
{
    public static Verb Create(ProgramContext program)
    {
        var training = new TrainingArguments("sft.json", steps: 200, rate: 5e-4, warmup: 20, weightDecay: 0.01, accumulate: 2, rowTokens: 1_024);
        var model = new Option<string>("--model") { HelpName = "folder", Description = "The model to begin with: a Hugging Face folder, or the folder of a run, whose newest checkpoint is taken.", Required = true };
        var verb = new Verb("sft", "Teach a model to answer: supervised fine-tuning on conversations.")
        {
            Examples = [$"{CommandLine.Name} train sft --model runs/pretrain --out runs/sft --steps 200"],
        };
        verb.Options.Add(model);
        training.AddTo(verb);
        verb.SetAction((parsed, _) => Task.FromResult(TrainVerb.Run(program, [.. parsed.Tokens.Select(t => t.Value)], training.Threads(parsed), (stage, stop) =>
            Sft.Run(
                new SftOptions
                {
                    DataFolder = training.DataFolder(parsed, program),
                    Recipe = training.Recipe(parsed, program),
                    Model = ModelFolder.OfRun(parsed.GetValue(model)!),
                    OutFolder = training.Out(parsed),
                    Training = training.Training(parsed),
                    MaxRowTokens = training.RowTokens(parsed),
                    Seed = training.Seed(parsed),
                },
                stage, stop))));
        return verb;
    }
}
