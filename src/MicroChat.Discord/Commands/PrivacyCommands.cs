using System.Text.Encodings.Web;
using System.Text.Json;
using MicroChat.Discord.Answers;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Feedback;
using MicroChat.Discord.Port;
using MicroChat.Feedback;

namespace MicroChat.Discord.Commands;

/// <summary>/privacy: what is kept, consent to training, taking one's data along, being forgotten.</summary>
internal sealed class PrivacyCommands(BotContext bot, Forgetting forgetting)
{
    /// <summary>Version of the question as <see cref="ShowAsync"/> puts it.</summary>
    private const string TextVersion = "discord-1";

    private const int LargestExport = 9 << 20;

    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task ShowAsync(InteractionReply reply, string? server)
    {
        if (server is not null)
        {
            await SetServerAsync(reply, server == "allow");
            return;
        }
        Pseudonym person = bot.PersonOf(reply.Interaction.User.Id);
        PersonConsent? consent = await bot.Store.FindConsentAsync(person, Server(reply), CancellationToken.None);
        string policy = bot.Options.PrivacyPolicy.Length > 0 ? $"\nThe operator's privacy policy: <{bot.Options.PrivacyPolicy}>" : "";
        await reply.SayAsync(
            $"""
            **What I keep:** your questions to me and my answers, encrypted and under a pseudonym, and your votes on answers. I need them to go on with a conversation. Messages that are not for me are not kept.
            **Training:** {Training(consent)}
            **Deletion:** delete a message, and it is gone here too, with my answer. "Forget me" deletes everything of yours.{policy}
            """, Buttons(consent), []);
    }

    public async Task ChooseAsync(InteractionReply reply, bool training)
    {
        Pseudonym person = bot.PersonOf(reply.Interaction.User.Id);
        ConsentState state = training ? ConsentState.OptedIn : ConsentState.OptedOut;
        await bot.Store.SetConsentAsync(new PersonConsent(person, "", state, TextVersion, bot.Time.GetUtcNow()), CancellationToken.None);
        if (reply.Interaction.GuildId is { } guild)
        {
            await bot.Store.SetConsentAsync(new PersonConsent(person, guild.ToString(), state, TextVersion, bot.Time.GetUtcNow()), CancellationToken.None);
        }
        await reply.SayAsync(training
            ? "Noted: what you write to me may train me, where a server and the operator allow it. You can take that back at any time."
            : "Noted: nothing of yours will train me, your votes included.");
    }

    public static Task AskForgetAsync(InteractionReply reply) => reply.SayAsync(
        "This deletes all your questions with my answers, your votes and your choices, for good.",
        [AnswerButtons.Row(new DiscordButton(CustomId.Of(CustomId.Forget, "me", ""), "Yes, forget me", null, ButtonStyle.Danger, Disabled: false))], []);

    public async Task ForgetAsync(InteractionReply reply)
    {
        await reply.DeferAsync();
        DeletionReport report = await forgetting.PersonAsync(bot.PersonOf(reply.Interaction.User.Id));
        await reply.SayAsync(report.IsEmpty ? "There was nothing of yours."
            : $"Done: {report.Exchanges} exchanges, {report.Ratings} votes and {report.Answers} choices are gone. My answers are being deleted.");
    }

    public async Task ExportAsync(InteractionReply reply)
    {
        await reply.DeferAsync();
        Pseudonym person = bot.PersonOf(reply.Interaction.User.Id);
        List<object> rows = await RowsAsync(person);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(rows, Layout);
        int all = rows.Count;
        while (json.Length > LargestExport)
        {
            rows.RemoveRange(0, Math.Max(1, rows.Count / 4));       // the oldest
            json = JsonSerializer.SerializeToUtf8Bytes(rows, Layout);
        }
        string note = rows.Count < all ? $" It holds the newest {rows.Count} of {all} exchanges; ask the operator for the rest." : "";
        await reply.SayAsync($"Here is what I keep about you.{note}", [], [new OutgoingFile("my-data.json", json, "application/json")]);
    }

    private async Task<List<object>> RowsAsync(Pseudonym person)
    {
        var rows = new List<object>();
        string? cursor = null;
        do
        {
            Page<ConversationSummary> page = await bot.Store.ListConversationsAsync(person, cursor, 100, CancellationToken.None);
            foreach (ConversationSummary conversation in page.Items)
            {
                rows.AddRange((await bot.Store.ReadConversationAsync(conversation.Id, CancellationToken.None))
                    .Where(rated => rated.Exchange.Person == person).Select(rated => Row(rated, person)));
            }
            cursor = page.Next;
        }
        while (cursor is not null);
        return rows;
    }

    private static object Row(RatedExchange rated, Pseudonym person)
    {
        ExchangeRecord exchange = rated.Exchange;
        Rating? own = rated.Ratings.FirstOrDefault(rating => rating.Person == person);
        return new
        {
            exchange.Id,
            exchange.Conversation,
            exchange.Time,
            exchange.Place.Server,
            exchange.Place.Channel,
            exchange.Place.Thread,
            Question = exchange.Prompt,
            Answer = exchange.Reply?.Text,
            Model = exchange.ModelVersion,
            Vote = own?.Value,
            Reason = own?.Reason?.ToString(),
            own?.Comment,
        };
    }

    private async Task SetServerAsync(InteractionReply reply, bool allow)
    {
        bool may = reply.Interaction.Member?.Permissions is { } permissions && (permissions & (DiscordPermissions.ManageGuild | DiscordPermissions.Administrator)) != 0;
        if (reply.Interaction.GuildId is not { } guild || !may)
        {
            await reply.SayAsync("For that you need the permission to manage this server.");
            return;
        }
        TrainingContent content = allow ? TrainingContent.Consented : TrainingContent.Arena;
        await bot.Store.SetServerPolicyAsync(new ServerPolicy(Platforms.Discord, guild.ToString(), content, TextVersion, bot.Time.GetUtcNow()), CancellationToken.None);
        string operatorsChoice = bot.Surroundings.Content == TrainingContent.Arena ? " The operator allows it nowhere at present, so nothing changes for now." : "";
        await reply.SayAsync((allow ? "Done. Members who agree for themselves may let their messages train me." : "Done. No message of this server trains me.") + operatorsChoice);
    }

    private string Training(PersonConsent? consent) => (bot.Surroundings.Content, consent?.State) switch
    {
        (TrainingContent.Arena, ConsentState.OptedOut) => "messages never train me here, and your votes do not either, because you opted out.",
        (TrainingContent.Arena, _) => "messages never train me here; votes on /arena answers do.",
        (_, ConsentState.OptedIn) => "you allowed me to learn from what you write.",
        (_, ConsentState.OptedOut) => "you did not allow me to learn from what you write.",
        _ => "I do not learn from what you write unless you allow it.",
    };

    private List<ComponentRow> Buttons(PersonConsent? consent)
    {
        var first = new List<DiscordComponent>();
        if (consent?.State != ConsentState.OptedIn && bot.Surroundings.Content == TrainingContent.Consented)
        {
            first.Add(AnswerButtons.Button(CustomId.Of(CustomId.OptIn, "me", ""), "Allow training", null));
        }
        if (consent?.State != ConsentState.OptedOut)
        {
            first.Add(AnswerButtons.Button(CustomId.Of(CustomId.OptOut, "me", ""), "Opt out of training", null));
        }
        first.Add(AnswerButtons.Button(CustomId.Of(CustomId.Export, "me", ""), "Export my data", null));
        first.Add(AnswerButtons.Button(CustomId.Of(CustomId.ForgetAsk, "me", ""), "Forget me", null));
        return [new ComponentRow(first)];
    }

    private static string Server(InteractionReply reply) => reply.Interaction.GuildId?.ToString() ?? "";
}
