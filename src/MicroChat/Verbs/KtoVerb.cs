using System.CommandLine;
using MicroChat.Training.Stages;

namespace MicroChat.Verbs;

/// <summary><c>train kto</c>: a model learns from single thumbs without a reward model.</summary>
internal static class KtoVerb
{
    public static Verb Create(ProgramContext program)
    {
        var defaults = new KtoOptions { Model = "", Data = [], OutFolder = "" };
        var shared = new PreferenceArguments(defaults.Training, "thumbs");
        var supervised = new SupervisedArguments();
        var loss = new Option<ThumbLoss>("--loss") { Description = "Kto compares with mismatched prompts; KtoZero with 0; Bco with the mean of all rewards.", DefaultValueFactory = _ => defaults.Loss };
        var beta = new Option<double>("--beta") { HelpName = "x", Description = "How fast the value of a reply saturates.", DefaultValueFactory = _ => defaults.Kto.Beta };
        var up = new Option<double?>("--up-weight") { HelpName = "x", Description = "Weight of a liked reply. Default, with --down-weight: both kinds weigh the same." };
        var down = new Option<double?>("--down-weight") { HelpName = "x", Description = "Weight of a disliked reply." };
        var verb = new Verb("kto", "Teach a model what people like, from single thumbs.")
        {
            Examples = [$"{CommandLine.Name} train kto --model models --preferences data/prefs/hh_rlhf_harmless.jsonl.gz --out runs/kto  # each pair counts as two thumbs"],
        };
        shared.AddTo(verb);
        foreach (Option option in (Option[])[loss, beta, up, down])
        {
            verb.Options.Add(option);
        }
        supervised.AddTo(verb);
        verb.SetAction((parsed, _) =>
        {
            KtoOptions options = defaults with
            {
                Model = shared.Model(parsed, program),
                Data = shared.Files(parsed),
                OutFolder = shared.Out(parsed),
                Training = shared.Training(parsed),
                Rows = shared.Rows(parsed),
                Loss = parsed.GetValue(loss),
                Supervised = supervised.Mix(parsed, program),
                Seed = shared.Seed(parsed),
                Balanced = parsed.GetValue(up) is null && parsed.GetValue(down) is null,
                Kto = defaults.Kto with
                {
                    Beta = parsed.GetValue(beta),
                    UpWeight = parsed.GetValue(up) ?? defaults.Kto.UpWeight,
                    DownWeight = parsed.GetValue(down) ?? defaults.Kto.DownWeight,
                },
            };
            PreferenceArguments.Valid(options, options.Validate());
            return Task.FromResult(TrainVerb.Run(program, [.. parsed.Tokens.Select(t => t.Value)], shared.Threads(parsed), (stage, stop) => Kto.Run(options, stage, stop)));
        });
        return verb;
    }
}
