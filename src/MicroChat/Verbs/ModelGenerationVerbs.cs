using System.CommandLine;
using MicroChat.Chat.Registry;
using MicroChat.Terminal;

namespace MicroChat.Verbs;

/// <summary><c>model list, promote, rollback, canary</c>: the generations of a model. A host that serves the model follows within seconds.</summary>
internal static class ModelGenerationVerbs
{
    public static IEnumerable<Verb> Create(ProgramContext program)
    {
        yield return Make(program, "list", "List the generations of the model: state, where each comes from, what it learned from, and what was decided last.", [], (_, registry) => List(program, registry));
        var promoted = new Argument<int>("generation") { Description = "Its number." };
        yield return Make(program, "promote", "Let a generation reply to everyone; a trial ends.", [promoted], (parsed, registry) =>
        {
            int generation = parsed.GetValue(promoted);
            Check(program, registry.Get(generation));
            Say(program, $"Generation {registry.Promote(generation).Card.Generation} is live.");
        });
        yield return Make(program, "rollback", "Let the generation reply again that did so before; a trial ends.", [], (_, registry) =>
        {
            Check(program, registry.Get(registry.BeforeLive()));
            Say(program, $"Generation {registry.RollBack().Card.Generation} is live again.");
        });
        yield return Canary(program);
    }

    private static Verb Canary(ProgramContext program)
    {
        var generation = new Argument<int?>("generation") { Description = "Its number. Without it: what is on trial now.", Arity = ArgumentArity.ZeroOrOne };
        var stop = new Option<bool>("--stop") { Description = "End the trial without promoting." };
        var duels = new Option<bool>("--duels") { Description = "Both generations answer in some conversations, and people choose." };
        var servers = new Option<bool>("--by-server") { Description = "Draw whole servers rather than single conversations." };
        return Make(program, "canary", "Try a generation on people, or end a trial.", [generation, stop, duels, servers], (parsed, registry) =>
        {
            if (parsed.GetValue(stop))
            {
                Say(program, registry.Canary is { } ended ? $"The trial of generation {ended.Card.Generation} is over." : "There is no trial.");
                registry.StopCanary();
            }
            else if (parsed.GetValue(generation) is { } number)
            {
                Check(program, registry.Get(number));
                registry.StartCanary(number, parsed.GetValue(servers), parsed.GetValue(duels), Why.ByHand);
                Say(program, $"Generation {number} is on trial.");
            }
            else
            {
                Say(program, registry is { Canary: { } canary, Trial: { } trial }
                    ? $"Generation {canary.Card.Generation} is on trial since {trial.Since:yyyy-MM-dd HH:mm} UTC{(trial.Duels ? ", in duels" : "")}{(trial.ByServer ? ", on whole servers" : "")}."
                    : "There is no trial.");
            }
        });
    }

    private static Verb Make(ProgramContext program, string name, string description, IReadOnlyList<Symbol> parts, Action<ParseResult, ModelRegistry> act)
    {
        var model = new Option<string?>("--model") { HelpName = "folder", Description = "Folder of the model. Default: the embedded model." };
        string example = parts.OfType<Argument>().Any() ? $"{CommandLine.Name} model {name} 3" : $"{CommandLine.Name} model {name}";
        var verb = new Verb(name, description) { Examples = [example, $"{example} --model my-model"] };
        foreach (Symbol part in parts)
        {
            if (part is Argument argument)
            {
                verb.Arguments.Add(argument);
            }
            else
            {
                verb.Options.Add((Option)part);
            }
        }
        verb.Options.Add(model);
        verb.SetAction((parsed, _) =>
        {
            act(parsed, new ModelRegistry(ModelFolder.Find(parsed.GetValue(model), program.BaseFolder), program.Time));
            return Task.FromResult(ExitCode.Ok);
        });
        return verb;
    }

    /// <summary>A generation that cannot be loaded must not be let loose on anybody.</summary>
    private static void Check(ProgramContext program, ModelGeneration generation) => program.LoadModel(generation.Folder).Dispose();

    private static void List(ProgramContext program, ModelRegistry registry)
    {
        foreach (ModelGeneration generation in registry.List())
        {
            GenerationCard card = generation.Card;
            string parent = card.Parent is { } from ? $"from {from}" : "";
            string made = card.Created is { } time ? $"{time:yyyy-MM-dd HH:mm}" : "";
            Say(program, $"{card.Generation,5}  {generation.State.ToString().ToLowerInvariant(),-10}{parent,-9}{made,-18}{SafeText.ForTerminal(card.LearnedFrom)}".TrimEnd());
        }
        if (registry.IsHeld)
        {
            Say(program, "Held: nothing changes by itself.");
        }
        foreach (Decision decision in registry.Decisions.TakeLast(5))
        {
            Say(program, $"{decision.Time:yyyy-MM-dd HH:mm}  generation {decision.Generation}: {Words(decision.Kind)} ({SafeText.ForTerminal(decision.Why.By)}). {SafeText.ForTerminal(decision.Why.Words)}");
        }
    }

    private static string Words(DecisionKind kind) => kind switch
    {
        DecisionKind.TrialStarted => "trial started",
        DecisionKind.TrialEnded => "trial ended",
        DecisionKind.Promoted => "promoted",
        DecisionKind.RolledBack => "live again",
        DecisionKind.Held => "held",
        _ => "released",
    };

    private static void Say(ProgramContext program, string line) => program.Terminal.Output.WriteLine(line);
}
