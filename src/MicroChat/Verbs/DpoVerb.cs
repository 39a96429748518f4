using System.CommandLine;
using MicroChat.Training.Objectives;
using MicroChat.Training.Stages;

namespace MicroChat.Verbs;

/// <summary><c>train dpo</c>: a model learns from pairs without a reward model.</summary>
internal static class DpoVerb
{
    public static Verb Create(ProgramContext program)
    {
        var defaults = new DpoOptions { Model = "", Data = [], OutFolder = "" };
        var shared = new PreferenceArguments(defaults.Training, "pairs");
        var supervised = new SupervisedArguments();
        var loss = new Option<DirectPreferenceLoss>("--loss") { Description = "Sigmoid is DPO, and cDPO with --label-smoothing.", DefaultValueFactory = _ => defaults.Loss.Loss };
        var beta = new Option<double>("--beta") { HelpName = "x", Description = "How dear it is to leave the model that the run begins with.", DefaultValueFactory = _ => defaults.Loss.Beta };
        var smoothing = new Option<double>("--label-smoothing") { HelpName = "share", Description = "Share of the pairs that may be the wrong way round.", DefaultValueFactory = _ => defaults.Loss.LabelSmoothing };
        var verb = new Verb("dpo", "Teach a model what people prefer, from pairs directly.")
        {
            Examples = [$"{CommandLine.Name} train dpo --model models --preferences data/prefs/oasst_rankings.jsonl.gz --out runs/dpo --beta 0.1"],
        };
        shared.AddTo(verb);
        foreach (Option option in (Option[])[loss, beta, smoothing])
        {
            verb.Options.Add(option);
        }
        supervised.AddTo(verb);
        verb.SetAction((parsed, _) =>
        {
            DpoOptions options = defaults with
            {
                Model = shared.Model(parsed, program),
                Data = shared.Files(parsed),
                OutFolder = shared.Out(parsed),
                Training = shared.Training(parsed),
                Rows = shared.Rows(parsed),
                Loss = defaults.Loss with { Loss = parsed.GetValue(loss), Beta = parsed.GetValue(beta), LabelSmoothing = parsed.GetValue(smoothing) },
                Supervised = supervised.Mix(parsed, program),
                Seed = shared.Seed(parsed),
            };
            PreferenceArguments.Valid(options, options.Validate());
            return Task.FromResult(TrainVerb.Run(program, [.. parsed.Tokens.Select(t => t.Value)], shared.Threads(parsed), (stage, stop) => Dpo.Run(options, stage, stop)));
        });
        return verb;
    }
}
