using MicroChat.Discord;
using MicroChat.Discord.Client;
using MicroChat.Discord.Port;
using MicroChat.Options;
using Microsoft.Extensions.Logging.Abstractions;

namespace MicroChat.Diagnosis;

/// <summary>Whether Discord would let the bot in, and with what: asked over REST, so that no session of the day is spent.</summary>
internal static class DiscordChecks
{
    private const string Subject = "discord";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static IEnumerable<Finding> Run(ProgramContext program)
    {
        AppOptions options;
        try
        {
            options = OptionsReader.Read(program, null, [], []);
        }
        catch (OptionsException)
        {
            return [];                                    // told among the host's checks
        }
        if (options.Discord.Token.Length == 0)
        {
            return [Finding.Good(Subject, $"no token is set ({OptionSources.Prefix}Discord__Token), so there is no bot")];
        }
        using var stop = new CancellationTokenSource(Patience);
        return Task.Run(() => AskAsync(program, options.Discord, stop.Token)).GetAwaiter().GetResult();
    }

    private static async Task<IReadOnlyList<Finding>> AskAsync(ProgramContext program, DiscordOptions options, CancellationToken stop)
    {
        await using var client = new BuiltInClient(options, http: null, program.Time, new Random(unchecked((int)program.NewSeed())), NullLogger.Instance);
        try
        {
            ApplicationFacts facts = await client.FetchFactsAsync(stop);
            return
            [
                Finding.Good(Subject, $"{facts.Name} ({facts.Id}) may log in; {facts.SessionsLeft} sessions are left today"),
                Intent(options.MessageContent, facts.MayReadContent, nameof(options.MessageContent), "Message Content Intent",
                    "without it the bot reads mentions, replies to it, direct messages and what is handed to it by \"Ask about this\""),
                Intent(options.Members, facts.MaySeeMembers, nameof(options.Members), "Server Members Intent", "without it the bot does not hear when somebody leaves a server"),
                Finding.Good("invite", $"{facts.InviteLink.AbsoluteUri} asks for the least permissions that the bot needs"),
                .. DiscordServerChecks.Findings(await client.FetchGuildsAsync(DiscordServerChecks.Detailed, stop), facts.InviteLink.AbsoluteUri),
            ];
        }
        catch (Exception e) when (e is DiscordException or DiscordSetupException)
        {
            return [Finding.Broken(Subject, e.Message, "The page and the API work without it.")];
        }
        catch (OperationCanceledException)
        {
            return [Finding.Broken(Subject, $"{options.ApiBase} does not answer within {Patience.TotalSeconds:0} s", "Check the network, a firewall's rules for outgoing connections, and Discord:ApiBase.")];
        }
    }

    private static Finding Intent(bool asked, bool granted, string option, string name, string loss) => (asked, granted) switch
    {
        (true, false) => Finding.Broken("intent", $"Discord:{option} is true, and the application has no {name}: the gateway will close with 4014",
            $"Switch it on in the developer portal, page Bot, \"Privileged Gateway Intents\", or set Discord:{option} to false ({loss})."),
        (false, _) => Finding.Good("intent", $"Discord:{option} is false: {loss}"),
        _ => Finding.Good("intent", $"{name} is switched on"),
    };
}
