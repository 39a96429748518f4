using MicroChat.Chat;
using MicroChat.Chat.Registry;
using MicroChat.Feedback;
using MicroChat.Hosting;
using MicroChat.Model.Templates;
using MicroChat.Options;
using Microsoft.Extensions.AI;

namespace MicroChat.Web;

/// <summary>Checks a request for a reply and gathers its prompt from the store; nothing is written.</summary>
internal sealed class ReplyPlanner(IFeedbackStore store, IReplyGenerator generator, Generations generations, ProgramContext program, AppOptions options)
{
    private const double HottestTemperature = 2;
    private const int LongestSystem = 4_000;

    /// <summary>The page's name among the places of personas.</summary>
    private const string Place = "web";

    private readonly Personas personas = new(options.Personas);

    /// <exception cref="PageException">The request makes no sense, or names what is not this visitor's.</exception>
    public async Task<ReplyPlan> PlanAsync(ChatBody body, Pseudonym visitor, CancellationToken cancellationToken)
    {
        if (body.Temperature is { } t && !(t >= 0 && t <= HottestTemperature))
        {
            throw PageException.Invalid($"temperature is {t}; it must be from 0 to {HottestTemperature}.");
        }
        return body.Retry is { } retried
            ? await RetryAsync(body, retried, visitor, cancellationToken)
            : await MessageAsync(body, visitor, cancellationToken);
    }

    /// <summary>A plan for several replies to a prompt of the operator's own.</summary>
    public ReplyPlan Arena(string prompt, int count, Pseudonym visitor) =>
        Plan(new ChatBody(null, null, null, null, false, null, null), visitor, Guid.CreateVersion7(program.Time.GetUtcNow()), [], null, Required(prompt)) with
        {
            Count = count,
            Duel = null,
            Origin = PromptOrigin.OperatorBank,
        };

    private async Task<ReplyPlan> RetryAsync(ChatBody body, Guid retried, Pseudonym visitor, CancellationToken cancellationToken)
    {
        ExchangeRecord exchange = await store.FindExchangeAsync(retried, cancellationToken) is { Prompt: not null } found && found.Person == visitor
            ? found
            : throw PageException.NotFound("reply");
        IReadOnlyList<ExchangeRecord> path = await PathAsync(exchange.Conversation, exchange.Parent, visitor, cancellationToken);
        ReplyPlan plan = Plan(body, visitor, exchange.Conversation, path, exchange.SystemPrompt, exchange.Prompt!);
        return plan with { Count = 1, Duel = null, Earlier = exchange.Reply is { Text.Length: > 0 } ? exchange.Id : null };
    }

    private async Task<ReplyPlan> MessageAsync(ChatBody body, Pseudonym visitor, CancellationToken cancellationToken)
    {
        string message = Required(body.Message);
        if (body.System is { Length: > LongestSystem })
        {
            throw PageException.Invalid($"The persona has {body.System.Length} characters; at most {LongestSystem} are allowed. Shorten it in the settings.");
        }
        if (body.Parent is null)
        {
            string? persona = string.IsNullOrWhiteSpace(body.System) ? personas.Of(Place) : body.System.Trim();
            return Plan(body, visitor, Guid.CreateVersion7(program.Time.GetUtcNow()), [], persona, message);
        }
        Guid conversation = body.Conversation ?? throw PageException.Invalid("parent is set and conversation is not; name both.");
        IReadOnlyList<ExchangeRecord> path = await PathAsync(conversation, body.Parent, visitor, cancellationToken);
        return Plan(body, visitor, conversation, path, path[^1].SystemPrompt, message);
    }

    private ReplyPlan Plan(
        ChatBody body, Pseudonym visitor, Guid conversation, IReadOnlyList<ExchangeRecord> path, string? system, string message)
    {
        FittedHistory prompt = Prompt(path, system, message);
        int before = prompt.Dropped > 0 ? Prompt(path.SkipLast(1), system, path[^1].Prompt ?? "").Dropped : 0;
        Duel? duel = generations.Live?.DuelIn($"{conversation}", server: null);
        bool two = duel is not null || body.Two || new Random(unchecked((int)program.NewSeed())).NextDouble() < options.Page.ComparisonRate;
        return new ReplyPlan
        {
            Visitor = visitor,
            Conversation = conversation,
            Parent = path.Count > 0 ? path[^1].Id : null,
            System = system,
            Message = message,
            Messages = prompt.Messages,
            Dropped = prompt.Dropped > before ? prompt.Dropped : null,
            Count = two ? 2 : 1,
            Duel = duel,
            Earlier = null,
            Temperature = body.Temperature,
            Time = program.Time.GetUtcNow(),
        };
    }

    /// <summary>The prompt with as much of the history as fits.</summary>
    /// <exception cref="MessageTooLongException">Not even the message alone fits.</exception>
    private FittedHistory Prompt(IEnumerable<ExchangeRecord> path, string? system, string message)
    {
        ChatMessage[] messages =
        [
            .. system is null ? (ReadOnlySpan<ChatMessage>)[] : [new ChatMessage(ChatRole.System, system)],
            .. path.Where(e => e is { Prompt: not null, Reply.Text: not null })
                .SelectMany(e => (ChatMessage[])[new(ChatRole.User, e.Prompt), new(ChatRole.Assistant, e.Reply!.Text)]),
            new ChatMessage(ChatRole.User, message),
        ];
        return HistoryBudget.Fit(
            messages,
            all => generator.CountTokens([.. all.Select(m => new ChatTurn(m.Role.Value, m.Text))]),
            TokenBudget.For(generator.Info.ContextTokens, generator.Info.Sampling.MaxReplyTokens));
    }

    private async Task<IReadOnlyList<ExchangeRecord>> PathAsync(Guid conversation, Guid? parent, Pseudonym visitor, CancellationToken cancellationToken)
    {
        if (parent is not { } leaf)
        {
            return [];
        }
        IReadOnlyList<RatedExchange> all = await store.ReadConversationAsync(conversation, cancellationToken);
        return all.Any(e => e.Exchange.Id == leaf) && all.All(e => e.Exchange.Person == visitor)
            ? Branches.PathTo(leaf, all.Select(e => e.Exchange))
            : throw PageException.NotFound("conversation");
    }

    private string Required(string? message)
    {
        if (string.IsNullOrWhiteSpace(message))
        {
            throw PageException.Invalid("The message is empty; write something first.");
        }
        int longest = options.Page.LongestMessage;
        return message.Length <= longest
            ? message
            : throw new PageException(400, "too_long", $"The message has {message.Length} characters; at most {longest} are allowed. Send it in parts.");
    }
}
