namespace MicroChat.Discord.Simulator.Failures;

/// <summary>The faults that are set for requests; the oldest that fits a request hits it.</summary>
internal sealed class RestFaults
{
    private readonly Lock gate = new();
    private readonly List<RestFault> faults = [];

    public void Add(RestFault fault)
    {
        lock (gate)
        {
            faults.Add(fault);
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            faults.Clear();
        }
    }

    /// <summary>The pause before the answer to a request.</summary>
    public TimeSpan Delay(string route) => Next(route, delays: true)?.Delay ?? TimeSpan.Zero;

    /// <summary>What a request is answered in place of the route's answer, or null.</summary>
    public RestFault? Next(string route) => Next(route, delays: false);

    private RestFault? Next(string route, bool delays)
    {
        lock (gate)
        {
            RestFault? fault = faults.Find(f => f.Delay > TimeSpan.Zero == delays && route.Contains(f.Route, StringComparison.Ordinal));
            if (fault?.Left is { } left)
            {
                fault.Left = left - 1;
                if (left <= 1)
                {
                    faults.Remove(fault);
                }
            }
            return fault;
        }
    }
}
