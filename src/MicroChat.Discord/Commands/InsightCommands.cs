using System.Globalization;
using MicroChat.Chat;
using MicroChat.Chat.Registry;
using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;
using MicroChat.Discord.State;
using MicroChat.Feedback;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Discord.Commands;

/// <summary>/stats and /why: what the model learned from, and how an answer came about.</summary>
internal sealed class InsightCommands(BotContext bot)
{
    private const int LongestSampling = 900;

    public async Task StatsAsync(InteractionReply reply)
    {
        await reply.DeferAsync();
        FeedbackStatistics all = await bot.Store.StatisticsAsync(null, null, CancellationToken.None);
        DateTimeOffset week = bot.Time.GetUtcNow().AddDays(-7);
        long up = all.Days.Sum(day => day.Up), down = all.Days.Sum(day => day.Down), answers = all.Days.Sum(day => day.Answers);
        long recent = all.Days.Where(day => day.Day >= DateOnly.FromDateTime(week.UtcDateTime)).Sum(day => day.Up + day.Down + day.Answers);
        ModelCard card = bot.Generator.Info;
        ModelCounts? live = all.Models.FirstOrDefault(model => model.ModelVersion == Answers.AnswerRun.VersionOf(card));
        string rate = live?.UpRate is { } share ? $" {share.Share:P0} of the votes on its answers are 👍 ({share.Lower:P0} to {share.Upper:P0})." : "";
        await reply.SayAsync(
            $"""
            **Generation {card.Version} of {card.Name}** ({card.Parameters / 1e6:0.#} million weights) {LearnedFrom()}{rate}
            In all: {up} 👍, {down} 👎 and {answers} comparisons by {all.Persons} people, {recent} in the last week.
            """);
    }

    /// <param name="reply">Answers the command.</param>
    /// <param name="message">A message of the bot; null: its last answer to the person here.</param>
    public async Task WhyAsync(InteractionReply reply, Snowflake? message)
    {
        await reply.DeferAsync();
        if (await FindAsync(reply, message) is not { } exchange)
        {
            await reply.SayAsync(message is null ? "I have no answer to you here that I remember." : "That is none of my answers, or I no longer have it.");
            return;
        }
        IReadOnlyList<ExchangeRecord> way = Branches.PathTo(exchange.Id, (await bot.Store.ReadConversationAsync(exchange.Conversation, CancellationToken.None)).Select(r => r.Exchange));
        IReadOnlyList<Rating> ratings = await bot.Store.RatingsOfAsync(exchange.Id, CancellationToken.None);
        int earlier = way.Count - 1, seen = Math.Min(earlier, exchange.EarlierInPrompt ?? earlier);
        string sampling = exchange.SamplingJson.Length <= LongestSampling ? exchange.SamplingJson : exchange.SamplingJson[..LongestSampling] + "…";
        await reply.SayAsync(
            $"""
            **Model:** {exchange.ModelVersion}
            **Seed:** {exchange.Seed?.ToString(CultureInfo.InvariantCulture) ?? "not known"}
            **Prompt:** {Tokens(exchange.PromptTokens.Count)}; of {earlier} earlier exchanges {seen} were kept and {earlier - seen} dropped{(exchange.SystemPrompt is null ? "" : "; with a persona")}
            **Answer:** {Tokens(exchange.Reply?.Tokens.Count ?? 0)}, {exchange.Reply?.Status.ToString().ToLowerInvariant() ?? "not finished"}
            **Votes:** {ratings.Count(r => r.Value > 0)} 👍, {ratings.Count(r => r.Value < 0)} 👎
            **Sampling:** `{sampling.Replace('`', '\'')}`
            """);
    }

    /// <summary>The last number in a link or text; null: there is none.</summary>
    public static Snowflake? MessageIn(string text) =>
        Snowflake.TryParse(new string([.. text.Trim().TrimEnd('/').Reverse().TakeWhile(char.IsAsciiDigit).Reverse()]), out Snowflake id) ? id : null;

    private async Task<ExchangeRecord?> FindAsync(InteractionReply reply, Snowflake? message)
    {
        TurnRecord? turn = message is { } id
            ? await bot.State.FindByMessageAsync(id, CancellationToken.None)
            : await bot.State.LastOfAsync(bot.PersonOf(reply.Interaction.User.Id), reply.Path.Innermost, CancellationToken.None);
        ExchangeRecord? exchange = turn?.Exchange is { } known ? await bot.Store.FindExchangeAsync(known, CancellationToken.None)
            : message is { } other ? await bot.Store.FindByMessageAsync(Platforms.Discord, other.ToString(), CancellationToken.None)
            : null;
        bool isHere = exchange is not null && exchange.Place.Server == (reply.Interaction.GuildId?.ToString() ?? "")
            && (exchange.Place.Server.Length > 0 || exchange.Person == bot.PersonOf(reply.Interaction.User.Id));
        return isHere ? exchange : null;            // nothing of other servers, and nothing of others' direct messages
    }

    private string LearnedFrom()
    {
        try
        {
            return bot.Surroundings.Registry?.Live.Card.LearnedFrom is { Length: > 0 } text ? $"learned from {text.TrimEnd('.')}." : "came with the program and has not learned from votes yet.";
        }
        catch (CheckpointException)
        {
            return "answers here.";
        }
    }

    private static string Tokens(int count) => count == 0 ? "tokens not known" : $"{count} tokens";
}
