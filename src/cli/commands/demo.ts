import type { Define } from '../edge.ts';
export const define: Define = () => {};
