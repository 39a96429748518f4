using System.CommandLine;
using MicroChat.Kernels;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;

namespace MicroChat.Verbs;

/// <summary><c>model</c>: what can be done with model folders.</summary>
internal static class ModelVerb
{
    public static Verb Create(ProgramContext program)
    {
        var from = new Option<string>("--from") { HelpName = "folder", Description = "The model: a folder, or a training run, whose newest checkpoint is taken.", Required = true };
        var to = new Option<string>("--to") { HelpName = "folder", Description = "Where the copy goes; the folder must not exist yet.", Required = true };
        var type = new Option<TensorType>("--type") { HelpName = "F32|BF16|F16", Description = "Number format of the weights.", DefaultValueFactory = _ => TensorType.BF16 };
        var adapter = new Option<string?>("--adapter") { HelpName = "folder", Description = "A LoRA adapter in PEFT's format that was trained on the model: it is merged into the weights." };
        var export = new Verb("export", "Write a model folder without training state, its weights in a short number format; a training run's also gets a card.")
        {
            Examples =
            [
                $"{CommandLine.Name} model export --from runs/sft --to models/mine --type BF16",
                $"{CommandLine.Name} model export --from models/mine --adapter runs/ppo/adapter --to models/better",
            ],
        };
        export.Options.Add(from);
        export.Options.Add(to);
        export.Options.Add(type);
        export.Options.Add(adapter);
        export.SetAction((parsed, _) => Task.FromResult(
            Export(program, ModelFolder.OfRun(parsed.GetValue(from)!), parsed.GetValue(to)!, parsed.GetValue(type), parsed.GetValue(adapter))));
        var verb = new Verb("model", "Work with model folders, and with the generations of a model.");
        verb.Subcommands.Add(export);
        foreach (Verb generations in ModelGenerationVerbs.Create(program))
        {
            verb.Subcommands.Add(generations);
        }
        return verb;
    }

    private static int Export(ProgramContext program, string from, string to, TensorType type, string? adapter)
    {
        if (type is not (TensorType.F32 or TensorType.BF16 or TensorType.F16))
        {
            throw CommandException.Usage($"--type is {type}; it must be F32, BF16 or F16.");
        }
        if (Directory.Exists(to))
        {
            throw CommandException.Failure($"{to} exists already; name a new folder with --to, or remove it.");
        }
        DecoderConfig config = DecoderConfigReader.Read(from);
        using ParameterBlock weights = WeightFiles.Load(from, config);
        if (adapter is not null)
        {
            Merge(adapter, from, weights);
        }
        ModelExport.Write(from, to, weights, type);
        program.Terminal.Output.WriteLine($"{weights.Count:N0} parameters as {type}: {to}");
        return ExitCode.Ok;
    }

    private static void Merge(string folder, string from, ParameterBlock weights)
    {
        if (TextFingerprint.Read(folder) is not null)
        {
            TextFingerprint.Of(Tokenizer.Load(from), ChatTemplate.Load(from)).Verify(folder);
        }
        using LoraAdapter adapter = AdapterFiles.Load(folder, weights.Config);
        using var crew = new Crew(1);
        try
        {
            adapter.MergeInto(weights, crew);
        }
        catch (InvalidOperationException e)
        {
            throw CommandException.Failure($"{folder}: {e.Message}");
        }
    }
}
