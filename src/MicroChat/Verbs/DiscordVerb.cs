namespace MicroChat.Verbs;

/// <summary><c>discord</c>: what an operator does about the bot beside running it. Each part is a verb of its own below it.</summary>
internal static class DiscordVerb
{
    public static Verb Create(ProgramContext program)
    {
        var verb = new Verb("discord", "Rehearse the Discord bot against a simulated Discord on this machine.")
        {
            Examples = [$"{CommandLine.Name} discord simulate  # prints the settings for the bot, then takes lines such as \"alice: hi\""],
        };
        verb.Subcommands.Add(DiscordSimulateVerb.Create(program));
        return verb;
    }
}
