using System.Net;
using System.Net.Sockets;
using MicroChat.Api;
using MicroChat.Feedback;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;
using MicroChat.Hosting;
using MicroChat.Options;

namespace MicroChat.Diagnosis;

/// <summary>What the host needs: options, port, keys, the feedback store, and who may read its files.</summary>
internal static class HostChecks
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public static IEnumerable<Finding> Run(ProgramContext program)
    {
        AppOptions options;
        try
        {
            options = OptionsReader.Read(program, null, [], []);
        }
        catch (OptionsException e)
        {
            return e.Faults.Select(fault => Finding.Broken("options", fault, "The host does not start before it is mended."));
        }
        string database = FeedbackDatabase.PathOf(program, options.Feedback.Database);
        string keys = ApiKeyFile.Of(options.Server, program.DataFolder).Path;
        return
        [
            Set(options), Port(options.Server), Access(options.Server, keys), Store(program, database),
            .. Private(keys, StoreKey.FileBeside(database), database),
        ];
    }

    private static Finding Set(AppOptions options)
    {
        var defaults = new AppOptions();
        string[] changed = [.. OptionField.All.Where(f => f.Show(options) != f.Show(defaults)).Select(f => $"{f.Key} = {f.Show(options)}")];
        return Finding.Good("options", changed.Length == 0 ? "all as by default" : string.Join(", ", changed));
    }

    private static Finding Port(ServerOptions server)
    {
        string place = $"{server.Address} port {server.Port}";
        try
        {
            using var probe = new TcpListener(IPAddress.Parse(server.Address), server.Port);
            probe.Start();
            return Finding.Good("port", $"{place} is free");
        }
        catch (SocketException e)
        {
            return Finding.Doubtful("port", $"{place} cannot be had: {e.Message}", "If no microchat serves there already, choose another: serve --port N, or Server:Port in appsettings.json.");
        }
    }

    private static Finding Access(ServerOptions server, string keys)
    {
        string reach = server.IsLoopback ? "programs on this machine" : "the network, the operator's pages with the operator key";
        try
        {
            int count = server.ApiKeys.Count + new ApiKeyFile(keys).Read().Count;
            return count == 0 && !server.IsLoopback
                ? Finding.Doubtful("access", $"reachable from {reach}; there is no API key", "Programs elsewhere need one to use /v1: microchat key add NAME.")
                : Finding.Good("access", $"reachable from {reach}; {count} API keys{(count == 0 ? ", so /v1 is open on this machine" : "")}");
        }
        catch (CommandException e)
        {
            return Finding.Broken("access", e.Message, "The host does not start before it is mended.");
        }
    }

    private static Finding Store(ProgramContext program, string database)
    {
        if (!File.Exists(database))
        {
            return Finding.Good("store", $"{database} will be made at the first start");
        }
        try
        {
            SqliteFeedbackStore store = FeedbackDatabase.Open(program, database);
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
            return Finding.Good("store", $"{database} opens with its key");
        }
        catch (FeedbackException e)
        {
            return Finding.Broken("store", e.Message, "The host does not start before it is mended.");
        }
    }

    /// <summary>Files that only their owner should be able to read. On Windows, the user's profile folder sees to that.</summary>
    private static IEnumerable<Finding> Private(params string[] files)
    {
        if (OperatingSystem.IsWindows())
        {
            yield break;
        }
        foreach (string file in files.Where(File.Exists))
        {
            UnixFileMode mode = File.GetUnixFileMode(file);
            yield return (mode & Others) == 0
                ? Finding.Good("private", $"{file} is its owner's only")
                : Finding.Doubtful("private", $"{file} can be read or written by others (mode {Convert.ToString((int)mode, 8)})", $"Take that away: chmod 600 {file}");
        }
    }
}
