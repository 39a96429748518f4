namespace MicroChat.Discord.Simulator;

/// <summary>So many requests in a window of time, which begins with the first of them.</summary>
/// <param name="Limit">Requests; at least 1.</param>
/// <param name="Window">How long until all of them are free again.</param>
public readonly record struct BucketRule(int Limit, TimeSpan Window);
