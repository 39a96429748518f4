namespace MicroChat.Training.Reports;

/// <summary>The look of a run's report: light and dark by the reader's setting, one column on a phone.</summary>
internal static class RunReportStyle
{
    public const string Css = """
        :root{color-scheme:light dark;--bg:#fbfbf9;--card:#fff;--ink:#1d2127;--soft:#626b77;--line:#e0e2e6;--c0:#2563c9;--c1:#d4581c;--c2:#1b8a5a;--c3:#8b46b8;--bad:#c62828}
        @media(prefers-color-scheme:dark){:root{--bg:#14161a;--card:#1c1f25;--ink:#e7e9ec;--soft:#9aa3af;--line:#31363e;--c0:#74a7ff;--c1:#ff9c66;--c2:#5fd0a0;--c3:#cf97f2;--bad:#ff7b7b}}
        *{box-sizing:border-box}
        body{margin:0 auto;max-width:1080px;padding:24px 16px 64px;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        h1{font-size:1.7rem;line-height:1.2;margin:0 0 4px}h2{font-size:1.15rem;margin:36px 0 10px}
        .soft{color:var(--soft);margin:0}
        pre,.mono{font:13px/1.5 ui-monospace,Consolas,monospace}
        pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
        .card,figure,table{background:var(--card);border:1px solid var(--line);border-radius:8px}
        .card{padding:12px 14px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:12px;margin-top:20px}
        .tiles b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}.tiles span{color:var(--soft);font-size:.85rem}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(420px,100%),1fr));gap:14px}
        figure{margin:0;padding:12px}figcaption{font-weight:600;margin-bottom:4px}
        svg{display:block;width:100%;height:auto}
        svg text{fill:var(--soft);font-size:12px}svg .y{text-anchor:end}svg .x{text-anchor:middle}
        .grid{stroke:var(--line)}.axis{stroke:var(--soft)}polygon{fill-opacity:.22}polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}
        .c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}
        .d0{fill:var(--c0)}.d1{fill:var(--c1)}.d2{fill:var(--c2)}.d3{fill:var(--c3)}
        .k0{background:var(--c0)}.k1{background:var(--c1)}.k2{background:var(--c2)}.k3{background:var(--c3)}
        .hover{fill:transparent}.hover:hover{fill:var(--soft);fill-opacity:.18}
        svg text.bad{fill:var(--bad);text-anchor:middle;font-weight:700}em.bad{color:var(--bad);font-style:normal}p.bad{border-color:var(--bad);margin:16px 0 0}p.bad b{color:var(--bad)}
        .legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:6px 0 0;font-size:.88rem}
        .legend i{display:inline-block;width:12px;height:3px;margin-right:6px;vertical-align:middle;border-radius:2px}
        .scroll{overflow-x:auto}table{border-collapse:separate;border-spacing:0;width:100%;font-size:.92rem}
        th,td{text-align:left;padding:7px 12px;border-top:1px solid var(--line);vertical-align:top}
        tr:first-child>*{border-top:0}th{color:var(--soft);font-weight:600;vertical-align:bottom}
        .num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.mono{overflow-wrap:anywhere;min-width:13rem}
        .sample{margin-bottom:14px}.pair{display:grid;grid-template-columns:1fr 1fr;gap:14px;margin-top:10px}
        .pair h3,.sample h3{font-size:.8rem;margin:0 0 4px;color:var(--soft);font-weight:600}
        @media(max-width:640px){.pair{grid-template-columns:1fr}h1{font-size:1.35rem}svg text{font-size:15px}}
        """;
}
