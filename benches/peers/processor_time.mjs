// node --import ./processor_time.mjs: peers measure what they computed for, whatever else the machine does.
const now = () => { const used = process.cpuUsage(); return (used.user + used.system) / 1000; };
Object.defineProperty(globalThis, 'performance', {value: {now}});
