using System.Text.Json;
using MicroChat.Chat;
using MicroChat.Discord.Bot;
using MicroChat.Feedback;
using Microsoft.Extensions.AI;

namespace MicroChat.Discord.Answers;

/// <content>What is kept of an answer: its exchange, its messages, what it is compared with.</content>
internal sealed partial class AnswerRun
{
    /// <summary>Keeps the exchanges once work on all of them has begun: should the program end now, they are replies that were stopped.</summary>
    private async Task KeepAsync()
    {
        await Task.WhenAll(streams.Select(stream => stream.Begun));
        if (streams.Any(stream => stream.Start is null && stream.Failure is not null))
        {
            return;
        }
        try
        {
            foreach (AnswerStream stream in streams)
            {
                await bot.Store.AddExchangeAsync(ToExchange(stream), CancellationToken.None);
            }
            await bot.State.SetExchangeAsync(question.Turn.Id, streams[0].Id, CancellationToken.None);
            kept = true;
        }
        catch (FeedbackException e)
        {
            LogNotKept(bot.Log, e);                 // an answer that cannot be rated is better than none
        }
    }

    private ExchangeRecord ToExchange(AnswerStream stream)
    {
        int earlier = prompt!.Messages.Count(message => message.Role == ChatRole.User) - 1;
        IEnumerable<Pseudonym> others = question.History.TakeLast(earlier).SelectMany(e => e.OtherParticipants.Append(e.Person)).Concat(question.Quoted);
        return new ExchangeRecord
        {
            Id = stream.Id,
            Conversation = question.Conversation,
            Parent = question.Parent,
            EarlierInPrompt = earlier,
            Place = question.Path.ToPlace(),
            Person = question.Person,
            OtherParticipants = [.. others.Distinct().Where(person => person != question.Person)],
            Origin = question.Origin,
            SystemPrompt = question.System,
            Prompt = question.Text,
            PromptTokens = stream.Start?.PromptIds ?? [],
            ModelVersion = VersionOf(stream.Start?.Model ?? bot.Generator.Info),
            SamplingJson = JsonSerializer.Serialize(sampling with { Seed = stream.Start?.Seed ?? stream.Seed }, Json),
            Seed = stream.Start?.Seed ?? stream.Seed,
            Time = asked,
            Messages = [.. question.Turn.Questions.Select(id => new PlatformMessage(id.ToString(), IsReply: false))],
        };
    }

    private async Task CompareAsync()
    {
        Guid[] compared = question.Count > 1 ? [.. streams.Select(s => s.Id)] : question.Earlier is { } earlier ? [earlier, streams[0].Id] : [];
        if (compared.Length < 2 || !streams.TrueForAll(stream => stream.IsWhole))
        {
            return;                                 // half an answer says nothing about the other one
        }
        try
        {
            comparison = await bot.Store.CompareAsync(compared, question.Count > 1 ? null : bot.NewRandom(), CancellationToken.None);
        }
        catch (FeedbackException e)
        {
            LogNotKept(bot.Log, e);                 // the earlier answer was deleted meanwhile
        }
    }

    /// <summary>Any message of an answer counts for it; of two answers the buttons tell which is meant.</summary>
    private async Task AttachAsync()
    {
        if (question.Count == 1)
        {
            await bot.Store.AttachMessagesAsync(streams[0].Id, [.. target.Messages.Select(id => new PlatformMessage(id.ToString(), IsReply: true))], CancellationToken.None);
        }
        Guid head = streams[0].Id;
        await bot.State.SetExchangeAsync(question.Turn.Id, head, CancellationToken.None);
        if (question.Head is { } place)
        {
            await bot.State.SetHeadAsync(place, head, CancellationToken.None);
        }
    }

    private async Task DiscardAsync()
    {
        if (kept)
        {
            kept = false;
            foreach (AnswerStream stream in streams)
            {
                await bot.Store.DeleteExchangeAsync(stream.Id, CancellationToken.None);
            }
            await bot.State.SetExchangeAsync(question.Turn.Id, question.Earlier, CancellationToken.None);
        }
    }
}
