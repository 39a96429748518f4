namespace MicroChat.Feedback;

/// <summary>Where something was said.</summary>
/// <param name="Platform">One of <see cref="Platforms"/>.</param>
/// <param name="Server">Id of the server (guild); empty where there is none, as on the web page or in a direct message.</param>
/// <param name="Channel">Id of the channel; empty where there is none.</param>
/// <param name="Thread">Id of the thread; empty where there is none.</param>
public sealed record Place(string Platform, string Server, string Channel, string Thread)
{
    /// <summary>A platform without servers and channels.</summary>
    public static Place Of(string platform) => new(platform, "", "", "");
}

/// <summary>The platforms that this program talks on.</summary>
public static class Platforms
{
    public const string Web = "web", Api = "api", Terminal = "terminal", Discord = "discord";

    /// <summary>Id of the one user that a terminal has.</summary>
    public const string TerminalUser = "operator";
}
