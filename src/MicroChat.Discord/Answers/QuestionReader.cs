using MicroChat.Discord.Bot;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Discord.State;
using MicroChat.Discord.Text;
using MicroChat.Feedback;

namespace MicroChat.Discord.Answers;

/// <summary>
/// Makes a question of messages: their text, what they reply to, and the branch of the conversation that they continue. The chain of replies is the
/// history: a reply to an older answer begins a new branch there.
/// </summary>
internal sealed class QuestionReader(BotContext bot)
{
    private const string NoticeSetting = "noticed:";

    /// <summary>Whoever this stands for never agrees to training: keeps what was said in age-restricted places out of every snapshot.</summary>
    private const string AgeRestricted = "age-restricted";

    /// <summary>A question of one or several messages.</summary>
    /// <param name="turn">The turn that it was taken on as.</param>
    /// <param name="messages">Oldest first.</param>
    /// <param name="retried">The answer that is to be made anew; null: none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Question> OfMessagesAsync(TurnRecord turn, IReadOnlyList<DiscordMessage> messages, ExchangeRecord? retried, CancellationToken cancellationToken)
    {
        DiscordMessage last = messages[^1];
        PlacePath path = bot.Channels.PathOf(last.GuildId, last.ChannelId, last.Channel);
        string text = string.Join('\n', messages.Select(TextOf).Where(part => part.Length > 0));
        (ExchangeRecord? parent, List<DiscordMessage> quoted) = await ChainAsync(messages, cancellationToken);
        Question question = await MakeAsync(turn, path, last.Author, text, quoted, cancellationToken);
        return Contested(await WithHistoryAsync(question, parent, retried, cancellationToken), retried);
    }

    /// <summary>A question that was put by a command.</summary>
    /// <param name="turn">The turn that it was taken on as.</param>
    /// <param name="path">Where.</param>
    /// <param name="asker">Who.</param>
    /// <param name="text">What; already clean where it comes from the store.</param>
    /// <param name="about">A message that it is about; null: none.</param>
    /// <param name="retried">The answer that is to be made anew; null: none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Question> OfTextAsync(
        TurnRecord turn, PlacePath path, DiscordUser asker, string text, DiscordMessage? about, ExchangeRecord? retried, CancellationToken cancellationToken)
    {
        string clean = UserText.Clean(text, _ => null, bot.Self.ToString());
        Question question = await MakeAsync(turn, path, asker, clean, about is null ? [] : [about], cancellationToken);
        return Contested(await WithHistoryAsync(question with { Head = retried is null ? question.Head : null }, null, retried, cancellationToken), retried);
    }

    /// <summary>A prompt of the operator's own, for two answers.</summary>
    public Question OfArena(TurnRecord turn, PlacePath path, DiscordUser asker, string prompt) => new()
    {
        Turn = turn, Path = path, Asker = asker.Id, Text = prompt, Conversation = Guid.CreateVersion7(bot.Time.GetUtcNow()), System = bot.Rules.PersonaOf(path),
        Origin = PromptOrigin.OperatorBank, Count = 2,
    };

    /// <summary>What somebody wrote, clean.</summary>
    public string TextOf(DiscordMessage message)
    {
        Dictionary<string, string> names = message.Mentions.DistinctBy(user => user.Id).ToDictionary(user => user.Id.ToString(), user => user.DisplayName);
        return UserText.Clean(message.Content, names.GetValueOrDefault, bot.Self.ToString());
    }

    /// <summary>Where a conversation goes on without replies; null: only replies continue it.</summary>
    public string? HeadOf(PlacePath path, Pseudonym person) => (path.IsDirect, path.Thread.Value != 0, bot.Rules.ModeOf(path)) switch
    {
        (true, _, _) or (_, true, _) => path.Innermost.ToString(),
        (_, _, ChannelMode.Free) => $"{path.Channel}/{person.Value}",
        _ => null,
    };

    private async Task<Question> MakeAsync(
        TurnRecord turn, PlacePath path, DiscordUser asker, string text, IReadOnlyList<DiscordMessage> quoted, CancellationToken cancellationToken)
    {
        string[] lines = [.. quoted.Select(message => $"> {UserText.SpeakerName(message.Author.DisplayName)}: {TextOf(message).Replace("\n", "\n> ", StringComparison.Ordinal)}")];
        var others = quoted.Where(message => message.Author.Id != asker.Id && message.Author.Id != bot.Self).Select(message => bot.PersonOf(message.Author.Id)).ToList();
        if (bot.Channels.IsAgeRestricted(path, null))
        {
            others.Add(bot.Store.PseudonymOf(Platforms.Discord, AgeRestricted));
        }
        return new Question
        {
            Turn = turn,
            Path = path,
            Asker = asker.Id,
            Text = string.Join("\n\n", [.. lines, text]),
            Quoted = [.. others.Distinct()],
            Speakers = quoted.Count == 0 ? [] : [.. quoted.Select(message => message.Author).Append(asker).Where(user => user.Id != bot.Self).Select(user => UserText.SpeakerName(user.DisplayName)).Distinct()],
            Conversation = Guid.CreateVersion7(bot.Time.GetUtcNow()),
            System = bot.Rules.PersonaOf(path),
            Count = bot.NewRandom().NextDouble() < bot.Options.ComparisonRate ? 2 : 1,
            Head = HeadOf(path, turn.Person),
            Notice = await NoticeAsync(turn.Person),
        };
    }

    private async Task<Question> WithHistoryAsync(Question question, ExchangeRecord? parent, ExchangeRecord? retried, CancellationToken cancellationToken)
    {
        Guid? leaf = parent?.Id;
        if (retried is not null)
        {
            leaf = retried.Parent;
            question = question with { Conversation = retried.Conversation, Count = 1, Earlier = retried.Reply is { Text.Length: > 0 } ? retried.Id : null, Origin = retried.Origin };
        }
        else if (leaf is null && question.Head is { } head)
        {
            leaf = await bot.State.HeadAsync(head, cancellationToken);
        }
        if (leaf is not { } id || (parent ?? await bot.Store.FindExchangeAsync(id, cancellationToken)) is not { } exchange)
        {
            return question;
        }
        IReadOnlyList<RatedExchange> all = await bot.Store.ReadConversationAsync(exchange.Conversation, cancellationToken);
        IReadOnlyList<ExchangeRecord> way = Branches.PathTo(id, all.Select(rated => rated.Exchange));
        ExchangeRecord[] whole = [.. way.Reverse().TakeWhile(e => e is { Prompt: not null, Reply.Text.Length: > 0 }).Reverse()];
        return whole.Length == 0 ? question : question with { Conversation = exchange.Conversation, History = whole };
    }

    /// <summary>While two generations are in a duel, both answer in some conversations.</summary>
    private Question Contested(Question question, ExchangeRecord? retried) =>
        retried is null && bot.Surroundings.Live?.DuelIn($"{question.Conversation}", question.Path.ToPlace().Server) is { } duel
            ? question with { Count = 2, Duel = duel }
            : question;

    /// <summary>Up the chain of replies to what the bot has an exchange for; what others wrote on the way is quoted, oldest first.</summary>
    private async Task<(ExchangeRecord? Parent, List<DiscordMessage> Quoted)> ChainAsync(IReadOnlyList<DiscordMessage> messages, CancellationToken cancellationToken)
    {
        var quoted = new List<DiscordMessage>();
        DiscordReference? next = messages.Select(message => message.Reference).FirstOrDefault(reference => reference is { IsForward: false, MessageId: not null });
        Snowflake channel = messages[0].ChannelId;
        while (next is { MessageId: { } id, IsForward: false, Deleted: false })
        {
            if (await bot.Store.FindByMessageAsync(Platforms.Discord, id.ToString(), cancellationToken) is { } exchange)
            {
                return (exchange, quoted);
            }
            if (quoted.Count >= bot.Options.MostQuoted || (next.Message ?? await FindAsync(next.ChannelId ?? channel, id, cancellationToken)) is not { } message)
            {
                break;
            }
            if (message.Content.Length > 0 && message.Author.Id != bot.Self)
            {
                quoted.Insert(0, message);
            }
            next = message.Reference;
        }
        return (null, quoted);
    }

    private async Task<DiscordMessage?> FindAsync(Snowflake channel, Snowflake message, CancellationToken cancellationToken)
    {
        try
        {
            return await bot.Actions.FindMessageAsync(channel, message, cancellationToken);
        }
        catch (DiscordException)
        {
            return null;                // without it the question is still a question
        }
    }

    private async Task<string> NoticeAsync(Pseudonym person)
    {
        if (bot.Rules.Find(NoticeSetting + person.Value) is not null)
        {
            return "";
        }
        await bot.Rules.SetAsync(NoticeSetting + person.Value, "1");
        string training = bot.Surroundings.Content == TrainingContent.Consented ? "only trains me if you say so" : "does not train me";
        return $"I keep our conversation to go on with it; what you write {training}. More and deletion: /privacy";
    }
}
