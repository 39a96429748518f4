namespace MicroChat.Discord.Client.Gateway;

/// <summary>What is needed to take up a lost connection without a gap.</summary>
internal sealed class SessionState
{
    private readonly Lock _lock = new();
    private string? _id;
    private Uri? _address;
    private long? _sequence;

    /// <summary>Number of the last dispatch; null: none yet.</summary>
    public long? Sequence
    {
        get
        {
            lock (_lock)
            {
                return _sequence;
            }
        }
    }

    /// <summary>Session and sequence to resume at, and where; null: nothing to resume.</summary>
    public (string Id, long Sequence, Uri Address)? Resumable
    {
        get
        {
            lock (_lock)
            {
                return _id is { Length: > 0 } id && _sequence is { } sequence && _address is { } address ? (id, sequence, address) : null;
            }
        }
    }

    /// <summary>A session began.</summary>
    public void Begin(string? id, Uri address)
    {
        lock (_lock)
        {
            (_id, _address) = (id, address);
        }
    }

    /// <summary>A dispatch came. Its number can only grow, so that one that comes late takes nothing back.</summary>
    public void Saw(long sequence)
    {
        lock (_lock)
        {
            _sequence = _sequence is { } last && last > sequence ? last : sequence;
        }
    }

    /// <summary>The session is over.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            (_id, _address, _sequence) = (null, null, null);
        }
    }
}
