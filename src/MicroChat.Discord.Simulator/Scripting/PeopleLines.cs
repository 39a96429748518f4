using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Scripting;

/// <summary>Lines about what people do.</summary>
internal sealed partial class PeopleLines(ScriptStage stage)
{
    private static readonly string[] Verbs = ["deletes", "reacts", "unreacts", "types", "menu", "presses", "selects", "submits", "thread"];

    /// <summary>Goes to another channel.</summary>
    public ScriptResult Go(IReadOnlyList<string> words)
    {
        stage.Here = words switch
        {
            [_, "dm", string name] => stage.World.DirectChannel(stage.User(name)),
            [_, string channel] => stage.Channel(channel),
            _ => throw new ScriptException("say: in #channel, or: in dm NAME"),
        };
        return new ScriptResult(true, $"now in {MessageBook.Place(stage.Here)}", stage.Here.Id);
    }

    public ScriptResult Run(string line, IReadOnlyList<string> words)
    {
        if (words.Count > 1 && (words[1].StartsWith('/') || Verbs.Contains(words[1])))
        {
            SimUser user = stage.User(words[0]);
            return words[1].StartsWith('/') ? Command(user, words) : Act(user, words);
        }
        return Speech().Match(line) is { Success: true } speech ? Speak(speech)
            : throw new ScriptException($"\"{line}\" is no line that can be acted; help shows those that can.");
    }

    private ScriptResult Speak(Match speech)
    {
        SimUser user = stage.User(speech.Groups["name"].Value);
        string text = speech.Groups["text"].Value.Replace("@bot", stage.World.Bot.Mention, StringComparison.Ordinal);
        string id = speech.Groups["id"].Value;
        if (speech.Groups["edits"].Success)
        {
            SimMessage edited = stage.Message(Given(id), m => m.Author == user, "of " + user.Name);
            stage.World.Edit(edited, text);
            return new ScriptResult(true, "edited", edited.Id);
        }
        SimMessage? target = speech.Groups["replies"].Success ? stage.OfBot(Given(id), user) : null;
        SimChannel channel = speech.Groups["dm"].Success ? stage.World.DirectChannel(user)
            : speech.Groups["channel"].Success ? stage.Channel(speech.Groups["channel"].Value)
            : target?.Channel ?? stage.Here;
        return new ScriptResult(true, "said", stage.World.Say(user, channel, text, target).Id);
    }

    private ScriptResult Act(SimUser user, IReadOnlyList<string> words)
    {
        string? second = words.ElementAtOrDefault(2), third = words.ElementAtOrDefault(3);
        switch (words[1])
        {
            case "deletes":
                SimMessage gone = stage.Message(second, m => m.Author == user, "of " + user.Name);
                stage.World.Delete(gone);
                return new ScriptResult(true, "deleted", gone.Id);
            case "reacts" when second is not null:
                stage.World.React(user, stage.OfBot(third), second);
                return new ScriptResult(true, "reacted");
            case "unreacts" when second is not null:
                stage.World.Unreact(user, stage.OfBot(third), second);
                return new ScriptResult(true, "took it back");
            case "types":
                stage.World.Type(user, stage.Here);
                return new ScriptResult(true, "types");
            case "menu" when second is not null:
                return Started(user, stage.World.UseCommand(user, stage.Message(third, m => m.Type is 0 or 19, "to use it on"), second));
            case "presses" when second is not null:
                return Started(user, stage.World.Press(user, stage.OfBot(third, user), second));
            case "selects" when second is not null && third is not null:
                return Started(user, stage.World.Select(user, stage.OfBot(words.ElementAtOrDefault(4), user), second, third.Split(',')));
            case "submits":
                return Started(user, stage.World.Submit(Opened(user), ScriptWords.Pairs(words.Skip(2))));
            case "thread" when second is not null:
                stage.Here = stage.World.StartThread(user, stage.Here.IsThread ? stage.Here.Parent! : stage.Here, second);
                return new ScriptResult(true, "started; now there", stage.Here.Id);
            default:
                throw new ScriptException($"\"{words[1]}\" needs more words; help shows which.");
        }
    }

    private ScriptResult Command(SimUser user, IReadOnlyList<string> words)
    {
        string[] path = [words[1][1..], .. words.Skip(2).TakeWhile(w => !w.Contains('=', StringComparison.Ordinal))];
        SimCommand command = stage.World.Read(w => w.Commands.Visible(stage.Here.Guild, 1, path[0]))
            ?? throw new ScriptException($"The bot has registered no command /{path[0]}.");
        var options = ScriptWords.Pairs(words.Skip(1 + path.Length)).ToDictionary(p => p.Key, p => Value(command, p.Key, p.Value), StringComparer.Ordinal);
        return Started(user, stage.World.UseCommand(user, stage.Here, string.Join(' ', path), options));
    }

    /// <summary>A value in the form that the command's definition asks for.</summary>
    private object Value(SimCommand command, string name, string text) => TypeOf(command.Json, name) switch
    {
        4 => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture),
        5 => bool.Parse(text),
        6 => stage.User(text.TrimStart('@')),
        7 => stage.Channel(text),
        10 => ScriptStage.Number(text),
        _ => text,
    };

    private static int TypeOf(JsonObject definition, string name)
    {
        foreach (JsonObject option in (definition["options"] as JsonArray ?? []).OfType<JsonObject>())
        {
            int found = (string?)option["name"] == name ? (int)option["type"]! : TypeOf(option, name);
            if (found != 0)
            {
                return found;
            }
        }
        return 0;
    }

    private SimInteraction Opened(SimUser user) => stage.Interactions.TryGetValue(user, out SimInteraction? newest) && newest.ModalJson is not null
        ? newest : throw new ScriptException($"The bot opened no form for {user.Name}.");

    private ScriptResult Started(SimUser user, SimInteraction interaction)
    {
        stage.Interactions[user] = interaction;
        return new ScriptResult(true, "used", interaction.Id);
    }

    private static string? Given(string id) => id.Length == 0 ? null : id;

    [GeneratedRegex(@"^(?<name>[\w.-]+)( (#(?<channel>[\w-]+)|(?<dm>dm)|(?<replies>replies)( to (?<id>\d+))?|(?<edits>edits)( (?<id>\d+))?))?:\s?(?<text>.+)$", RegexOptions.Singleline)]
    private static partial Regex Speech();
}
