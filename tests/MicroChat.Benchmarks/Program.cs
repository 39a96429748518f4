using MicroChat.Benchmarks;
using MicroChat.Benchmarks.Discord;
using MicroChat.Benchmarks.Soak;

string verb = args.Length > 0 ? args[0] : "";
switch (verb)
{
    case "machine":
        MachineBench.Run();
        return 0;
    case "gemm":
        GemmBench.Run(args.Length > 1 ? args[1] : "");
        return 0;
    case "train":
        TrainBench.Run(args.Length > 1 ? args[1] : "small", rows: 8, rowTokens: 256);
        return 0;
    case "adapter":
        AdapterBench.Run(args.Length > 1 ? args[1] : "embedded", rows: 8, rowTokens: 256);
        return 0;
    case "decode":
        DecodeBench.Run(args.Length > 1 ? args[1] : "small");
        return 0;
    case "backends":
        BackendBench.Run(args.Length > 1 ? args[1] : "small");
        return 0;
    case "serve":
        await ServeBench.RunAsync(args.Length > 1 ? args[1] : "embedded");
        return 0;
    case "cycle" when args.Length > 2:
        await CycleLatencyBench.RunAsync(args[1], args[2], args.Length > 3 ? int.Parse(args[3]) : Math.Max(1, Environment.ProcessorCount / 2));
        return 0;
    case "soak" when args.Length > 1:
        return await SoakBench.RunAsync(args[1], args.Length > 2 ? int.Parse(args[2]) : 2_000);
    case "discord" when args.Length > 2:
        return await DiscordBench.RunAsync(args[1], args[2], args.Length > 3 ? int.Parse(args[3]) : null);
    default:
        Console.Error.WriteLine($"\"{verb}\" is no benchmark; say: machine, gemm, train [shape], adapter [shape], decode [shape], backends [shape], serve [shape], cycle MODEL-FOLDER PREFERENCES [threads], soak MODEL-FOLDER [requests]; or discord and one of: {DiscordBench.Names}.");
        return 2;
}
