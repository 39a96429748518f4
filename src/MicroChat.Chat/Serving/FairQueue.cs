namespace MicroChat.Chat.Serving;

/// <summary>What one user has had, and what waits.</summary>
internal sealed class UserShare
{
    public Queue<ReplySequence> Waiting { get; } = [];

    /// <summary>Its replies in work, but for those that wait for their readers.</summary>
    public int Running { get; set; }

    /// <summary>Tokens computed for this user, since others were last level with it.</summary>
    public long Served { get; set; }
}

/// <summary>
/// Who is next: of the users with requests waiting the one who was served the fewest tokens, each user's own requests in order.
/// Whoever comes back from a pause starts level with the least served, so idle time saves up no credit.
/// </summary>
/// <remarks>Source: virtual token counters, Sheng et al. 2024, "Fairness in Serving Large Language Models" (arXiv:2401.00588).</remarks>
internal sealed class FairQueue(EngineOptions options)
{
    /// <summary>Users that are remembered while they have nothing here.</summary>
    private const int MostIdleUsers = 1_000;

    private readonly Dictionary<string, UserShare> _users = [];

    /// <summary>Requests that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Whether a request of this user may still be taken in.</summary>
    public bool HasRoom(string? user) =>
        Count < options.MaxQueued && (!_users.TryGetValue(user ?? "", out UserShare? share) || share.Waiting.Count < options.MaxQueuedPerUser);

    public void Add(ReplySequence sequence)
    {
        string name = sequence.User ?? "";                            // all who are anonymous count as one
        if (!_users.TryGetValue(name, out UserShare? share))
        {
            Prune();
            _users.Add(name, share = new UserShare());
        }
        if (!IsActive(share))
        {
            share.Served = Math.Max(share.Served, LeastServed());
        }
        sequence.Share = share;
        share.Waiting.Enqueue(sequence);
        Count++;
    }

    /// <summary>The request that is next, of a model that has room; null: none may run now.</summary>
    public ReplySequence? Peek()
    {
        UserShare? next = null;
        foreach (UserShare share in _users.Values)
        {
            if (share.Waiting.TryPeek(out ReplySequence? first) && first.Runner is not { HasNoRoom: true } && share.Running < options.MaxRunningPerUser
                && (next is null || IsBefore(share, next)))
            {
                next = share;
            }
        }
        return next?.Waiting.Peek();
    }

    /// <summary>Takes the user's first request out, to be run.</summary>
    public void Start(ReplySequence first)
    {
        first.Share!.Waiting.Dequeue();
        first.HoldPlace(true);
        Count--;
    }

    /// <summary>Takes out every waiting request that <paramref name="leaves"/>.</summary>
    /// <returns>Whether there was any.</returns>
    public bool RemoveWhere(Func<ReplySequence, bool> leaves)
    {
        if (Count == 0)
        {
            return false;
        }
        int before = Count;
        foreach (UserShare share in _users.Values)
        {
            for (int left = share.Waiting.Count; left > 0; left--)
            {
                ReplySequence sequence = share.Waiting.Dequeue();
                if (leaves(sequence))
                {
                    Count--;
                }
                else
                {
                    share.Waiting.Enqueue(sequence);
                }
            }
        }
        return Count != before;
    }

    /// <summary>Calls <paramref name="tell"/> with every waiting request and its place, 1 for the next, as if all replies were equally long.</summary>
    public void TellPositions(Action<ReplySequence, int> tell)
    {
        foreach (UserShare share in _users.Values)
        {
            int ahead = 0;
            foreach (ReplySequence sequence in share.Waiting)
            {
                int position = 1 + ahead;
                foreach (UserShare other in _users.Values)
                {
                    position += other == share ? 0 : Math.Min(other.Waiting.Count, ahead + (other.Waiting.Count > 0 && IsBefore(other, share) ? 1 : 0));
                }
                tell(sequence, position);
                ahead++;
            }
        }
    }

    private static bool IsActive(UserShare share) => share.Running > 0 || share.Waiting.Count > 0;

    private static bool IsBefore(UserShare a, UserShare b) =>
        a.Served != b.Served ? a.Served < b.Served : a.Waiting.Peek().QueuedAt < b.Waiting.Peek().QueuedAt;

    private long LeastServed()
    {
        long least = long.MaxValue;
        foreach (UserShare share in _users.Values)
        {
            least = IsActive(share) ? Math.Min(least, share.Served) : least;
        }
        return least == long.MaxValue ? 0 : least;
    }

    private void Prune()
    {
        if (_users.Count < MostIdleUsers)
        {
            return;
        }
        foreach ((string name, UserShare share) in _users)
        {
            if (!IsActive(share))
            {
                _users.Remove(name);
            }
        }
    }
}
