using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace MicroChat.Chat.Decorators;

/// <summary>What one user may ask for. Section "Limits" of the settings.</summary>
public sealed record UsageLimits
{
    /// <summary>Name of the settings' section.</summary>
    public const string Section = "Limits";

    /// <summary>Requests in any 60 seconds; 0: no limit.</summary>
    public int RequestsPerMinute { get; init; }

    /// <summary>Tokens of prompts and replies in a day, which begins at midnight UTC; 0: no limit. Unit: tokens.</summary>
    public long TokensPerDay { get; init; }

    /// <summary>Everything that is wrong, one sentence each with setting, value, wish and remedy; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate() =>
    [
        .. RequestsPerMinute < 0 ? [Fault(nameof(RequestsPerMinute), RequestsPerMinute)] : Array.Empty<string>(),
        .. TokensPerDay < 0 ? [Fault(nameof(TokensPerDay), TokensPerDay)] : Array.Empty<string>(),
    ];

    private static string Fault(string name, long found) => $"{Section}:{name} is {found}; it must be 0 or more. Correct it, or leave it out: 0 is no limit.";
}

/// <summary>Refuses a user's requests beyond a number per minute or tokens per day. All who are anonymous count as one user.</summary>
public sealed class LimitingChatClient(IChatClient inner, UsageLimits limits, TimeProvider time) : DelegatingChatClient(inner)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Account> _accounts = [];
    private DateTime _day;

    /// <inheritdoc/>
    public override Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="LimitReachedException">The user has had its share; thrown with the first update.</exception>
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Account account = Admit(ReplyOptions.UserOf(options) ?? "");
        long tokens = 0;
        try
        {
            await foreach (ChatResponseUpdate update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
            {
                var piece = update.RawRepresentation as ReplyPiece;      // counted as they come: a reply that is broken off costs too
                tokens += piece?.Start?.PromptIds.Count ?? 0;
                tokens += piece?.TokenId is null ? 0 : 1;
                yield return update;
            }
        }
        finally
        {
            lock (_gate)
            {
                account.Tokens += tokens;
            }
        }
    }

    private Account Admit(string user)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_gate)
        {
            if (now.UtcDateTime.Date != _day)
            {
                _day = now.UtcDateTime.Date;
                foreach ((string name, Account idle) in _accounts)
                {
                    idle.Tokens = 0;
                    if (idle.Requests.Count == 0 || now - idle.Requests.Last() > Window)
                    {
                        _accounts.Remove(name);
                    }
                }
            }
            if (!_accounts.TryGetValue(user, out Account? account))
            {
                _accounts.Add(user, account = new Account());
            }
            Refuse(account, now);
            account.Requests.Enqueue(now);
            return account;
        }
    }

    private void Refuse(Account account, DateTimeOffset now)
    {
        while (account.Requests.TryPeek(out DateTimeOffset oldest) && now - oldest >= Window)
        {
            account.Requests.Dequeue();
        }
        if (limits.TokensPerDay > 0 && account.Tokens >= limits.TokensPerDay)
        {
            TimeSpan left = _day.AddDays(1) - now.UtcDateTime;
            throw new LimitReachedException(
                $"{account.Tokens} tokens were used today; {limits.TokensPerDay} a day may be. Ask again in {Math.Ceiling(left.TotalHours)} hours, after midnight UTC.", left);
        }
        if (limits.RequestsPerMinute > 0 && account.Requests.Count >= limits.RequestsPerMinute)
        {
            TimeSpan left = account.Requests.Peek() + Window - now;
            throw new LimitReachedException(
                $"{account.Requests.Count} requests came within a minute; {limits.RequestsPerMinute} may. Ask again in {Math.Ceiling(left.TotalSeconds)} seconds.", left);
        }
    }

    private sealed class Account
    {
        public Queue<DateTimeOffset> Requests { get; } = [];

        public long Tokens { get; set; }
    }
}
