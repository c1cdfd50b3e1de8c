/** The version of martlet that made something; equal to package.json (a test keeps it so). */
export const VERSION = '0.1.0';
