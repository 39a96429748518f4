using System.CommandLine;
using System.Diagnostics;
using MicroChat.Kernels;
using MicroChat.Training.Stages;

namespace MicroChat.Verbs;

/// <summary><c>train</c>: the stages that make a model. Each is a verb of its own below it.</summary>
internal static class TrainVerb
{
    public static Verb Create(ProgramContext program)
    {
        var verb = new Verb("train", "Train a tokenizer or a model.")
        {
            Examples =
            [
                $"{CommandLine.Name} train tokenizer --out runs/tokenizer  # 1. learn the vocabulary",
                $"{CommandLine.Name} train pretrain --tokenizer runs/tokenizer --out runs/pretrain  # 2. learn the language",
                $"{CommandLine.Name} train sft --model runs/pretrain --out runs/sft  # 3. learn to answer",
                $"{CommandLine.Name} train reward --model runs/sft --preferences data/prefs/oasst_rankings.jsonl.gz --out runs/reward  # 4. learn what people prefer",
                $"{CommandLine.Name} train dpo --model runs/sft --preferences data/prefs/oasst_rankings.jsonl.gz --out runs/dpo  # 5. answer accordingly",
                $"{CommandLine.Name} chat --model runs/dpo  # 6. talk with it",
                $"{CommandLine.Name} train cycle  # all of 4. and 5. from the collected feedback, with gates, into the registry",
            ],
        };
        verb.Subcommands.Add(TrainTokenizerVerb.Create(program));
        verb.Subcommands.Add(PretrainVerb.Create(program));
        verb.Subcommands.Add(SftVerb.Create(program));
        verb.Subcommands.Add(RewardVerb.Create(program));
        verb.Subcommands.Add(PpoVerb.Create(program));
        verb.Subcommands.Add(DpoVerb.Create(program));
        verb.Subcommands.Add(KtoVerb.Create(program));
        verb.Subcommands.Add(CycleVerb.Create(program));
        return verb;
    }

    /// <summary>Runs a stage so that Ctrl-C saves and stops it, and tells how it ended.</summary>
    public static int Run(ProgramContext program, string[] commandLine, int threads, Func<StageContext, CancellationToken, StageResult> stage)
    {
        CpuFeatures.Require();
        using var stop = new CancellationTokenSource();
        using IDisposable interrupt = program.Terminal.OnStop(stop.Cancel);
        TextWriter output = program.Terminal.Output;
        int columns = program.Terminal.IsOutputRedirected ? 0 : program.Terminal.Width;
        var context = new StageContext(output, columns, program.Time, $"{CommandLine.Name} {string.Join(' ', commandLine)}", threads);
        StageResult result = stage(context, stop.Token);
        output.WriteLine($"Report: {result.Report}");
        output.WriteLine(result.Complete ? $"Model: {result.Model}" : $"Stopped; saved in {result.Model}. The same command goes on from there.");
        return result.Complete ? ExitCode.Ok : ExitCode.Cancelled;
    }
}
